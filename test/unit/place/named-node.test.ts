import { describe, expect, it } from 'vitest';
import { answerWord, findNode, isOneMachine, joinedAgain, nodeWord } from '../../../src/place/named-node.ts';

type State = 'ready' | 'down' | 'unknown' | 'disconnected';
/** Entries of node lists as `docker node ls` shows them; ids as swarm makes them. */
const entry = (id: string, hostname: string, state: State) => ({ id, hostname, state });
const OLD = 'w6ro0s1xk1n9zyrz5hzr8vnn3';
const OLDER = 'a0q1u1b2c3d4e5f6g7h8i9j0k';
const NEW = 'x1b2c3d4e5f6g7h8i9j0klmno';
const others = [entry('m1', 'node1', 'ready'), entry('m2', 'node2', 'down')];

describe('a node that an answer names', () => {
  it.each<[string, string, ReturnType<typeof entry>[], string | undefined, string[]]>([
    ['one entry', 'node3', [entry(NEW, 'node3', 'ready')], NEW, []],
    ['one entry that is down', 'node3', [entry(OLD, 'node3', 'down')], OLD, []],
    ['none', 'node3', [], undefined, []],
    ['left and joined again', 'node3', [entry(OLD, 'node3', 'down'), entry(NEW, 'node3', 'ready')], NEW, [OLD]],
    [
      'left and joined twice',
      'node3',
      [entry(OLDER, 'node3', 'down'), entry(NEW, 'node3', 'ready'), entry(OLD, 'node3', 'down')],
      NEW,
      [OLDER, OLD],
    ],
    ['two down entries, none up', 'node3', [entry(OLDER, 'node3', 'down'), entry(OLD, 'node3', 'down')], undefined, []],
    ['both ready', 'node3', [entry(OLD, 'node3', 'ready'), entry(NEW, 'node3', 'ready')], undefined, []],
    [
      'both ready, a third down',
      'node3',
      [entry(OLDER, 'node3', 'down'), entry(OLD, 'node3', 'ready'), entry(NEW, 'node3', 'ready')],
      undefined,
      [],
    ],
    [
      'a leader that does not know the other yet',
      'node3',
      [entry(OLD, 'node3', 'unknown'), entry(NEW, 'node3', 'ready')],
      undefined,
      [],
    ],
    [
      'one that is lost just now',
      'node3',
      [entry(OLD, 'node3', 'disconnected'), entry(NEW, 'node3', 'ready')],
      undefined,
      [],
    ],
    [
      'the new one is not up yet',
      'node3',
      [entry(OLD, 'node3', 'down'), entry(NEW, 'node3', 'unknown')],
      undefined,
      [],
    ],
    ['by id, one of two', OLD, [entry(OLD, 'node3', 'ready'), entry(NEW, 'node3', 'ready')], OLD, []],
    ['by the id of the old entry', OLD, [entry(OLD, 'node3', 'down'), entry(NEW, 'node3', 'ready')], OLD, []],
    [
      'an id goes before a host name',
      'node9',
      [entry('node9', 'node3', 'ready'), entry(NEW, 'node9', 'ready')],
      'node9',
      [],
    ],
    ['joins just now, without a name', 'node3', [entry(NEW, '', 'unknown')], undefined, []],
  ])('%s', (_what, wanted, entries, id, old) => {
    for (const nodes of [[...others, ...entries], [...entries].reverse()]) {
      const found = findNode(nodes, wanted);
      expect(found.node?.id).toBe(id);
      expect(found.old.map((each) => each.id).sort()).toEqual([...old].sort());
    }
  });

  it('a down entry is told with which it joined again', () => {
    const [old, again, one] = [entry(OLD, 'node3', 'down'), entry(NEW, 'node3', 'ready'), entry('x', 'node4', 'down')];
    expect(joinedAgain([old, again, one], old)).toBe(again);
    expect(joinedAgain([old, again, one], one)).toBeUndefined();
    expect(joinedAgain([old, again, one], again)).toBeUndefined();
  });

  it('two entries are one machine where at most one of the name is not down', () => {
    const [old, again, twin] = [
      entry(OLD, 'node3', 'down'),
      entry(NEW, 'node3', 'ready'),
      entry('x', 'node3', 'ready'),
    ];
    expect(isOneMachine([old, again], old, again)).toBe(true);
    expect(isOneMachine([old, again, twin], old, again)).toBe(false);
    expect(isOneMachine([old, again], old, entry('y', 'node4', 'down'))).toBe(false);
  });

  it('goes by its id in answers where its host name would not find it', () => {
    const [old, again, twin] = [
      entry(OLD, 'node3', 'down'),
      entry(NEW, 'node3', 'ready'),
      entry('x', 'node3', 'ready'),
    ];
    expect(answerWord([...others, again], again)).toBe('node3');
    expect(answerWord([...others, old, again], again)).toBe('node3');
    expect(answerWord([...others, old, again], old)).toBe(OLD);
    expect(answerWord([...others, again, twin], again)).toBe(NEW);
    expect(answerWord([entry(NEW, '', 'unknown')], entry(NEW, '', 'unknown'))).toBe(NEW);
  });

  it.each(['n3;reboot', '$(reboot)', '-f', 'n 3', 'n3\u202e'])('goes by its id if it calls itself %j', (hostname) => {
    const one = entry(NEW, hostname, 'ready');
    expect(answerWord([...others, one], one)).toBe(NEW);
    expect(nodeWord([...others, one], one)).toBe(NEW);
  });

  it('goes by its id in commands where docker would call the name ambiguous', () => {
    const [old, again] = [entry(OLD, 'node3', 'down'), entry(NEW, 'node3', 'ready')];
    expect(nodeWord([...others, again], again)).toBe('node3');
    expect(nodeWord([...others, old, again], again)).toBe(NEW);
    expect(nodeWord([entry(NEW, '', 'unknown')], { id: NEW, hostname: '' })).toBe(NEW);
  });
});
