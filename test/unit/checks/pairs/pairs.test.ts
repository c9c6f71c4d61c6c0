import { describe, expect, test } from 'vitest';
import type { PairReading } from '../../../../src/checks/pairs/ask.ts';
import { judgePairs } from '../../../../src/checks/pairs/judge.ts';
import { askScript, parseHeard, type Heard } from '../../../../src/checks/pairs/script.ts';
import { node } from '../../../support/check-context.ts';

/** What each node heard of the others: `1 2 silence`; a node in `mute` could not be asked. */
function judged(count: number, lines: string[], mute: Record<string, string> = {}) {
  const nodes = Array.from({ length: count }, (_unused, index) => node(`n${index + 1}`));
  const readings = new Map(
    nodes.map(({ hostname, id }) => [
      id,
      mute[hostname] === undefined
        ? {
            heard: new Map(
              nodes
                .filter((other) => other.id !== id)
                .map((other) => {
                  const told = lines.find((line) => line.startsWith(`${hostname} ${other.hostname} `));
                  return [other.id, (told?.split(' ')[2] ?? 'answer') as Heard];
                }),
            ),
          }
        : { trouble: mute[hostname] },
    ]),
  );
  return judgePairs(nodes, readings, nodes).map(({ level, text, hint = '' }) => ({ level, text, hint }));
}

describe('pairs of nodes', () => {
  test.each([
    [2, 'the two nodes reach each other in an overlay network'],
    [3, 'all 3 pairs of nodes reach each other in an overlay network'],
    [5, 'all 10 pairs of nodes reach each other in an overlay network'],
  ])('%i that all reach each other', (count, text) => {
    expect(judged(count, [])).toEqual([{ level: 'ok', text, hint: '' }]);
  });

  test('one alone is in no pair', () => {
    expect(judged(1, [])).toEqual([]);
  });

  test.each([
    ['one pair, both ways', ['n1 n2 silence', 'n2 n1 silence'], 'n1 and n2'],
    ['one way only', ['n2 n1 silence'], 'n1 and n2'],
    ['one node in all', ['n1 n3 silence', 'n2 n3 silence'], 'n1 and n3, n2 and n3; n3 is in each pair'],
    ['nobody reaches anybody', ['n1 n2 silence', 'n1 n3 silence', 'n2 n3 silence'], 'n1 and n2, n1 and n3, n2 and n3'],
  ])('%s', (_what, lines, pairs) => {
    const [cut, ...more] = judged(3, lines);
    expect(more).toEqual([]);
    expect(cut).toMatchObject({
      level: 'error',
      text: `these nodes do not reach each other in an overlay network: ${pairs}`,
      hint: expect.stringMatching(/^the three usual causes: \(1\).*UDP 4789/) as string,
    });
  });

  test('nodes that know nothing of each other: the port by which they tell', () => {
    const [cut] = judged(3, ['n1 n3 no-way', 'n2 n3 silence']);
    expect(cut?.hint).toMatch(/^n1 and n3 know nothing of each other’s containers: .*7946 are open.*; else the three/);
  });

  test('a node that could not be asked: the others tell of it what they heard', () => {
    expect(judged(3, [], { n3: 'its task is preparing' })).toMatchObject([
      { level: 'unsure', text: 'n3: could not tell which nodes it reaches: its task is preparing' },
      { level: 'ok', text: 'all 3 pairs of nodes reach each other in an overlay network' },
    ]);
    expect(judged(2, [], { n1: 'x', n2: 'y' }).map(({ level }) => level)).toEqual(['unsure', 'unsure']);
  });
});

test('two nodes of one host name are told apart by their ids', () => {
  const nodes = [node('n1'), node('n3', { id: 'a' }), node('n3', { id: 'b' })];
  const readings = new Map<string, PairReading>([
    ['id-n1', { heard: new Map<string, Heard>([['a', 'silence']]) }],
    ['a', { heard: new Map<string, Heard>([['b', 'silence']]) }],
    ['b', { trouble: 'its task is preparing' }],
  ]);
  expect(judgePairs(nodes, readings, nodes)).toMatchObject([
    { text: expect.stringMatching(/network: n1 and a, a and b; a is in each pair$/) as string },
    { node: 'b', text: 'b: could not tell which nodes it reaches: its task is preparing' },
  ]);
});

describe('what the job prints', () => {
  const said = (...words: string[]): string[] => words.map((word) => `bundle-pair ${word}`);

  test('is read', () => {
    const lines = [
      ...said('answer 10.0.1.3', 'silence 10.0.1.4', 'no-way 10.0.1.5', 'other 10.0.1.6'),
      'answer 1.1.1.1',
    ];
    expect(parseHeard([...lines, ...said('end')])).toEqual(
      new Map([
        ['10.0.1.3', 'answer'],
        ['10.0.1.4', 'silence'],
        ['10.0.1.5', 'no-way'],
      ]),
    );
    expect(parseHeard(lines)).toBe('the probe’s answer is incomplete');
    expect(parseHeard(said('none'))).toBe('the probe image has no curl');
  });

  test('asks in batches, each waited for', () => {
    const script = askScript(Array.from({ length: 70 }, (_unused, index) => `10.0.0.${index}`));
    expect(script.match(/^try .* wait$/gm)?.map((line) => line.match(/ &/g)?.length)).toEqual([32, 32, 6]);
    expect(askScript([])).toContain('say end');
  });
});
