import { describe, expect, test } from 'vitest';
import { parseFindings } from '../../../../src/verify/probe/parse.ts';
import { Paths } from '../../../../src/verify/probe/paths.ts';

/** What the probe prints of one port. */
function facts(...words: string[]) {
  const found = parseFindings(['bundle-probe client 8.0.0', ...words.map((word) => `bundle-probe q0 ${word}`)]);
  const one = found.facts.get('q0');
  if (one === undefined) throw new Error('nothing was printed');
  return one;
}
const SILENT = facts('status 28 000');
const ANSWERS = facts('status 0 200');

function told(...seen: [from: string, to: string, facts: ReturnType<typeof facts>][]): string[] {
  const paths = new Paths();
  for (const [from, to, found] of seen) paths.note(from, to, found);
  return paths.results('prod').map(({ detail }) => detail);
}

describe('places that are silent, grouped by node', () => {
  test('UDP 4789 is dropped at one node: which pair, and the three usual causes', () => {
    const [detail, ...more] = told(
      ['node1', 'node1', ANSWERS],
      ['node1', 'node2', ANSWERS],
      ['node1', 'node3', SILENT],
      ['node1', 'node3', facts('tls 28', 'plain 28 000')],
    );
    expect(more).toEqual([]);
    expect(detail).toMatch(
      /^these nodes do not reach each other in the stack’s network: node1 and node3: asked from node1, none of the 2 ports asked on node3 answers in time, and those on node1, node2 do; the three usual causes: \(1\).*UDP 4789.*\(2\).*--data-path-addr.*\(3\).*--data-path-port/,
    );
  });

  test('the probe’s own node is the one that is cut off: every pair of it', () => {
    expect(told(['node3', 'node3', ANSWERS], ['node3', 'node1', SILENT], ['node3', 'node2', SILENT])[0]).toMatch(
      /node3 and node1, node3 and node2: asked from node3, none of the 2 ports/,
    );
  });

  test.each<[string, [string, string, ReturnType<typeof facts>][]]>([
    [
      'one port of a node that answers otherwise',
      [
        ['node1', 'node3', ANSWERS],
        ['node1', 'node3', SILENT],
      ],
    ],
    ['silence on the probe’s own node', [['node1', 'node1', SILENT]]],
    ['a refusal, or no route', [['node1', 'node3', facts('status 7 000')]]],
    ['a server that refuses the handshake', [['node1', 'node3', facts('tls 35', 'plain 28 000')]]],
    ['nothing that was asked', []],
  ])('%s is no pair', (_what, seen) => {
    expect(told(...seen)).toEqual([]);
  });
});
