import { describe, expect, test } from 'vitest';
import type { SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import { unplannedEnds } from '../../../src/converge/ends.ts';
import { explainUnstable, stabilityOf, unstableWindowMs, type StabilityView } from '../../../src/converge/stability.ts';
import { FakeSwarm } from './fake-swarm.ts';
import { VirtualClock } from './virtual-clock.ts';

/** One life of a task: how long it ran, and how it ended; `running` is the current one. */
interface Life {
  ran: number;
  end?: Partial<SwarmTask>;
}

const DELAY = 5;
const failed = (exitCode = 3): Partial<SwarmTask> => ({
  state: 'failed',
  error: `task: non-zero exit (${String(exitCode)})`,
  exitCode,
});
const crash = (ran: number): Life => ({ ran, end: failed() });
const runs = (ran: number): Life => ({ ran });
/** What the swarm stops: an update, a scale, a drained node, `docker service update --force`. */
const stopped = (ran: number, exitCode = 143): Life => ({ ran, end: { state: 'shutdown', exitCode } });

/** The slot's lives, the oldest first, ending now; the service was deployed when the first task was made. */
function history(
  swarm: FakeSwarm,
  service: SwarmService,
  lives: readonly Life[],
  change: Partial<SwarmTask> = {},
): void {
  const length = lives.reduce((sum, { ran }) => sum + ran + DELAY, 0);
  let at = swarm.clock.elapsed() - length * 1000;
  for (const { ran, end } of lives) {
    const createdAt = swarm.clock.iso(at);
    const started = at + DELAY * 1000;
    at = started + ran * 1000;
    const ended = {
      desiredState: 'shutdown' as const,
      stateAt: swarm.clock.iso(at),
      updatedAt: swarm.clock.iso(at),
      ...end,
    };
    const running = { stateAt: swarm.clock.iso(started), updatedAt: swarm.clock.iso(started) };
    swarm.task(service, { createdAt, ...change, ...(end === undefined ? running : ended) });
  }
}

function judged(lives: readonly Life[], change: Partial<StabilityView> = {}, later = 0) {
  const swarm = new FakeSwarm(new VirtualClock());
  const service = swarm.service('app', { createdAt: swarm.clock.iso(-30 * 86_400_000) });
  history(swarm, service, lives);
  return stabilityOf({
    service,
    stack: 'prod',
    services: swarm.services,
    tasks: swarm.tasks,
    nodes: swarm.nodes,
    now: swarm.clock.now() + later * 1000,
    startGraceSeconds: 180,
    needs: undefined,
    ...change,
  });
}

describe('a service since its deployment', () => {
  test.each<[string, Life[], 'stable' | 'settling' | 'unstable']>([
    ['one life', [runs(600)], 'stable'],
    ['one end', [crash(25), runs(10)], 'stable'],
    ['ends every 25 s, seen at the beginning of a life', [crash(25), crash(25), runs(1)], 'unstable'],
    ['ends every 25 s, seen at the end of a life', [crash(25), crash(25), crash(25), crash(25), runs(24)], 'unstable'],
    ['ends every 25 s, seen between two lives', [crash(25), crash(25), crash(25)], 'unstable'],
    ['ends every 5 s', [crash(5), crash(5), crash(5), crash(5), runs(3)], 'unstable'],
    ['ends every 10 s', [crash(10), crash(10), crash(10), runs(9)], 'unstable'],
    ['ends every minute', [crash(60), crash(60), runs(30)], 'unstable'],
    ['ends every ten minutes', [crash(600), crash(600), crash(600), runs(60)], 'unstable'],
    [
      'ended every ten minutes, and has run for more than twice as long',
      [crash(600), crash(600), crash(600), runs(1300)],
      'stable',
    ],
    ['ends every four minutes', [crash(240), crash(240), runs(200)], 'unstable'],
    ['ends every 20 minutes', [crash(1200), crash(1200), crash(1200), crash(1200), runs(60)], 'unstable'],
    ['two ends, a day apart', [crash(86_400), crash(86_400), runs(60)], 'stable'],
    ['two ends long ago', [crash(25), crash(25), runs(3600)], 'stable'],
    ['two ends, and a life twice as long as theirs', [crash(25), crash(25), runs(51)], 'stable'],
    ['irregular ends', [crash(60), crash(20), crash(45), runs(30)], 'unstable'],
    [
      'ends well, again and again',
      Array.from({ length: 3 }, (): Life => ({ ran: 25, end: { state: 'complete', exitCode: 0 } })),
      'unstable',
    ],
    [
      'is rejected, again and again',
      Array.from({ length: 4 }, (): Life => ({ ran: 0, end: { state: 'rejected', error: 'No such image: app:1' } })),
      'unstable',
    ],
    ['killed by hand once, and updated twice', [stopped(20), crash(20), stopped(20), runs(5)], 'stable'],
    [
      '`docker service update --force` four times',
      [stopped(9), stopped(9), stopped(9, 137), stopped(9, 1), runs(2)],
      'stable',
    ],
    ['two quick deaths, and one that runs', [crash(2), crash(2), runs(3)], 'settling'],
    ['two quick deaths, and one that has run for its window', [crash(2), crash(2), runs(9)], 'stable'],
    ['three quick deaths', [crash(2), crash(2), crash(2), runs(3)], 'unstable'],
  ])('%s', (_name, lives, is) => {
    expect(judged(lives).is).toBe(is);
  });

  test('the window grows with the ends', () => {
    expect([2, 3, 4].map(unstableWindowMs)).toEqual([600_000, 1_800_000, 5_400_000]);
  });

  test('a program that exits once more makes it unstable again', () => {
    expect(judged([crash(25), crash(25), runs(60)]).is).toBe('stable');
    expect(judged([crash(25), crash(25), crash(60), runs(5)]).is).toBe('unstable');
  });

  test('the image’s pull is no life of the first task', () => {
    expect(judged([crash(300), crash(2), runs(10)]).is).toBe('stable');
  });

  describe('that was stopped by a count of 0 and started again, which has no status of an update', () => {
    const AT_ZERO = { Mode: { Replicated: { Replicas: 0 } } };
    /** @param writtenAgo seconds since the swarm wrote the service last */
    const started = (
      lives: readonly Life[],
      previousSpec: Record<string, unknown> | undefined,
      writtenAgo: number,
    ): string => {
      const swarm = new FakeSwarm(new VirtualClock());
      const service = swarm.service('app', {
        createdAt: swarm.clock.iso(-30 * 86_400_000),
        updatedAt: swarm.clock.iso(-writtenAgo * 1000),
        ...(previousSpec && { previousSpec }),
      });
      history(swarm, service, lives);
      const view = { service, stack: 'prod', services: swarm.services, tasks: swarm.tasks, nodes: swarm.nodes };
      return stabilityOf({ ...view, now: swarm.clock.now(), startGraceSeconds: 180, needs: undefined }).is;
    };
    const LIVES = [crash(25), crash(25), runs(20)];

    test.each<[string, Life[], Record<string, unknown> | undefined, number, string]>([
      ['has its start grace from then on', LIVES, AT_ZERO, 100, 'settling'],
      ['has none if it was made long ago', LIVES, undefined, 100, 'unstable'],
      ['has none if it ran before', LIVES, { Mode: { Replicated: { Replicas: 1 } } }, 100, 'unstable'],
      ['has none once that is over', [crash(4_000), ...LIVES], AT_ZERO, 4_100, 'unstable'],
      ['has none again when a new leader writes the service', [crash(4_000), ...LIVES], AT_ZERO, 10, 'unstable'],
    ])('%s', (_what, lives, previousSpec, writtenAgo, is) => {
      expect(started(lives, previousSpec, writtenAgo)).toBe(is);
    });
  });

  test('ends during the start grace only make the next task prove itself for longer', () => {
    const swarm = new FakeSwarm(new VirtualClock());
    const service = swarm.service('app', { createdAt: swarm.clock.iso(-100_000) });
    history(swarm, service, [crash(25), crash(25), runs(20)]);
    const view = {
      service,
      stack: 'prod',
      services: swarm.services,
      tasks: swarm.tasks,
      nodes: swarm.nodes,
      now: swarm.clock.now(),
      needs: undefined,
    };
    expect(stabilityOf({ ...view, startGraceSeconds: 180 })).toMatchObject({ is: 'settling', restMs: 30_000 });
    expect(stabilityOf({ ...view, startGraceSeconds: 180, now: view.now + 31_000 }).is).toBe('stable');
    expect(stabilityOf({ ...view, startGraceSeconds: 0 }).is).toBe('unstable');
  });

  test('what it needs ends the grace, and a need that restarted gives a new one', () => {
    const swarm = new FakeSwarm(new VirtualClock());
    const service = swarm.service('app', { createdAt: swarm.clock.iso(-200_000) });
    const store = swarm.service('store', { createdAt: swarm.clock.iso(-200_000) });
    history(swarm, service, [crash(25), crash(25), crash(25), runs(5)]);
    const view = {
      service,
      stack: 'prod',
      services: swarm.services,
      nodes: swarm.nodes,
      now: swarm.clock.now(),
      startGraceSeconds: 900,
      needs: ['store'],
    };
    const since = (seconds: number, state: SwarmTask['state'] = 'running'): SwarmTask[] => {
      const at = swarm.clock.iso(-seconds * 1000);
      return [
        ...swarm.tasks,
        { ...swarm.tasks[0]!, id: 'store', serviceId: store.id, state, createdAt: at, stateAt: at, updatedAt: at },
      ];
    };
    expect(stabilityOf({ ...view, tasks: since(200) }).is).toBe('unstable');
    expect(stabilityOf({ ...view, tasks: since(30) }).is, 'the store restarted meanwhile').toBe('settling');
    expect(stabilityOf({ ...view, tasks: since(200, 'preparing') }).is, 'the store does not run').toBe('settling');
    expect(stabilityOf({ ...view, tasks: swarm.tasks }).is, 'the store is not there').toBe('settling');
    expect(stabilityOf({ ...view, tasks: swarm.tasks, needs: [] }).is, 'it needs nothing').toBe('unstable');
  });

  test('one bad slot of several is enough, and its ends are told', () => {
    const swarm = new FakeSwarm(new VirtualClock());
    const service = swarm.service('app', { replicas: 2, createdAt: swarm.clock.iso(-86_400_000) });
    history(swarm, service, [crash(25), runs(300)], { slot: 1 });
    history(swarm, service, [crash(25), crash(25), crash(25), runs(9)], { slot: 2 });
    const found = stabilityOf({
      service,
      stack: 'prod',
      services: swarm.services,
      tasks: swarm.tasks,
      nodes: swarm.nodes,
      now: swarm.clock.now(),
      startGraceSeconds: 0,
      needs: undefined,
    });
    expect(found).toMatchObject({
      is: 'unstable',
      ends: [{ task: { slot: 2 } }, { task: { slot: 2 } }, { task: { slot: 2 } }],
    });
  });

  test('a node’s clock that is an hour off changes nothing', () => {
    const swarm = new FakeSwarm(new VirtualClock());
    const service = swarm.service('app', { createdAt: swarm.clock.iso(-86_400_000) });
    history(swarm, service, [crash(2), crash(2), crash(2), runs(60)]);
    const off = swarm.tasks.map((task) => ({
      ...task,
      stateAt: new Date(Date.parse(task.stateAt) + 3_600_000).toISOString(),
    }));
    const view = {
      service,
      stack: 'prod',
      services: swarm.services,
      tasks: off,
      nodes: swarm.nodes,
      now: swarm.clock.now(),
      startGraceSeconds: 0,
      needs: undefined,
    };
    expect(stabilityOf(view).is).toBe('stable');
  });
});

describe('whether a task ended by itself', () => {
  const at = (seconds: number): Partial<SwarmTask> => ({
    stateAt: `2026-01-01T00:00:${String(seconds).padStart(2, '0')}Z`,
  });
  const causes = (own: Partial<SwarmTask>, others: Partial<SwarmTask>[], spec: object = {}): string[] => {
    const swarm = new FakeSwarm(new VirtualClock());
    const service = swarm.service('app', { spec: { TaskTemplate: spec } });
    const task = swarm.task(service, own);
    others.forEach((change, index) => swarm.task(swarm.service(`other${String(index)}`), change));
    return [...unplannedEnds(service, [task], { stack: swarm.tasks, nodes: swarm.nodes }).values()]
      .flat()
      .map(({ cause }) => cause);
  };

  test.each<[string, Partial<SwarmTask>, Partial<SwarmTask>[], string[]]>([
    ['by itself', { ...failed(), ...at(30) }, [], ['own']],
    ['with exit code 255 by itself', { ...failed(255), ...at(30) }, [{ state: 'running', ...at(1) }], ['own']],
    ['as its engine was killed', { ...failed(255), ...at(30) }, [{ ...failed(255), ...at(33) }], ['node']],
    [
      'as an engine of another node was killed',
      { ...failed(255), ...at(30) },
      [{ ...failed(255), ...at(33), nodeId: 'id-node2' }],
      ['own'],
    ],
    [
      'as its engine was stopped',
      { state: 'complete', exitCode: 0, ...at(30) },
      [
        { ...failed(143), ...at(33) },
        { ...failed(137), ...at(31) },
      ],
      ['node'],
    ],
    [
      'killed, while others on its node went on',
      { ...failed(137), ...at(50) },
      [
        { ...failed(137), ...at(52) },
        { state: 'running', ...at(1) },
      ],
      ['own'],
    ],
    [
      'by a fault of its own at the same moment as others',
      { ...failed(1), ...at(30) },
      [{ ...failed(1), ...at(31) }],
      ['own'],
    ],
    ['with its node', { state: 'orphaned', ...at(30) }, [], ['node']],
    ['stopped by the swarm', { state: 'shutdown', exitCode: 1, ...at(30) }, [], []],
    ['taken away by the swarm', { state: 'remove', ...at(30) }, [], []],
    ['not at all', { state: 'running', ...at(30) }, [], []],
    ['left on a node that is down', { state: 'running', desiredState: 'shutdown', ...at(30) }, [], []],
  ])('%s', (_name, own, others, expected) => {
    expect(causes(own, others)).toEqual(expected);
  });

  test('a task may end well where the restart policy says so', () => {
    expect(causes({ state: 'complete', exitCode: 0 }, [], { RestartPolicy: { Condition: 'on-failure' } })).toEqual([]);
    expect(causes(failed(), [], { RestartPolicy: { Condition: 'on-failure' } })).toEqual(['own']);
  });
});

/** Times and words as Engine 20.10 and 28 gave them when the engine of a node with one task was killed or upgraded. */
describe('the only task of a node whose engine ends', () => {
  const CREATED = -200;
  interface Ended {
    /** Seconds after the first moment; `reported` by the node's clock. */
    reported: number;
    replaced: number;
    /** When the managers wrote the end down. */
    written?: number;
    is: Partial<SwarmTask>;
  }
  const LOST = { state: 'failed', error: 'No such container: app.1.jw2chfecxpde', exitCode: 0 } as const;
  const INACTIVE = {
    state: 'rejected',
    error: 'cannot create a swarm scoped network when swarm is not active',
  } as const;

  /** Causes of the ends of one slot, the oldest first; the node was written at that second. */
  function causes(joined: number, ends: readonly Ended[]): string[] {
    const swarm = new FakeSwarm(new VirtualClock());
    const iso = (seconds: number): string => swarm.clock.iso(seconds * 1000);
    swarm.nodes[0]!.updatedAt = iso(joined);
    const service = swarm.service('app');
    let created = CREATED;
    for (const { reported, replaced, written = replaced + 0.2, is } of ends) {
      swarm.task(service, {
        desiredState: 'shutdown',
        createdAt: iso(created),
        stateAt: iso(reported),
        updatedAt: iso(written),
        ...is,
      });
      created = replaced;
    }
    swarm.task(service, { createdAt: iso(created), stateAt: iso(created + 6), updatedAt: iso(created + 6) });
    const found = unplannedEnds(service, swarm.tasks, { stack: swarm.tasks, nodes: swarm.nodes });
    return [...found.values()]
      .flat()
      .map(({ cause }) => cause)
      .reverse();
  }

  test.each<[string, number, Ended[], string[]]>([
    ['it was killed, and joined as it started', 10, [{ reported: 8, replaced: 10.1, is: failed(255) }], ['node']],
    ['it was stopped, and joined as it started', 10, [{ reported: 9.8, replaced: 9.9, is: failed(143) }], ['node']],
    [
      'the program ended with 255 long after it joined',
      -190,
      [{ reported: 10, replaced: 10.1, is: failed(255) }],
      ['own'],
    ],
    [
      'the program ended with 255 before it joined again',
      60,
      [{ reported: 10, replaced: 10.1, is: failed(255) }],
      ['own'],
    ],
    [
      'the program ended with another code as it joined',
      10,
      [{ reported: 10, replaced: 10.1, is: failed(3) }],
      ['own'],
    ],
    ['it was upgraded, and had the container no longer', 100, [{ reported: 0.6, replaced: 0.7, is: LOST }], ['node']],
    [
      'it was killed, and refused the next task as it started; an upgrade before left no other sign',
      100,
      [
        { reported: 14.3, replaced: 14.4, is: failed(255) },
        { reported: 14.7, replaced: 19.4, is: INACTIVE },
        { reported: 98, replaced: 99, is: failed(255) },
      ],
      ['node', 'node', 'node'],
    ],
    [
      'its node was down for long, so the task was replaced before its end was reported',
      200,
      [{ reported: 43.5, replaced: 31.4, written: 49.6, is: failed(255) }],
      ['node'],
    ],
    [
      'the program of a node whose clock is an hour ahead ended with 255',
      -190,
      [{ reported: 3610, replaced: 10.1, is: failed(255) }],
      ['own'],
    ],
    [
      'an image that is not there, before and after it started',
      10,
      [
        { reported: -60, replaced: -59, is: { state: 'rejected', error: 'No such image: app:1' } },
        { reported: 12, replaced: 12.1, is: { state: 'rejected', error: 'No such image: app:1' } },
      ],
      ['own', 'node'],
    ],
  ])('%s', (_what, joined, ends, expected) => {
    expect(causes(joined, ends)).toEqual(expected);
  });

  test('the verdict on ends with 255 says what else may have been', () => {
    const { hints = [] } = explainUnstable(
      judged([{ ran: 25, end: failed(255) }, { ran: 25, end: failed(255) }, runs(1)]),
      0,
    );
    expect(hints.join()).toContain('255 is also what an engine that was killed gives');
    expect(explainUnstable(judged([crash(25), crash(25), runs(1)]), 0).hints?.join()).not.toContain('255');
  });
});
