import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/port.ts';
import { BundleError } from '../../../src/errors.ts';
import { createRedactor } from '../../../src/ui/redact.ts';
import type { Expected, StackVerifyOptions } from '../../../src/verify/options.ts';
import { verifyStack } from '../../../src/verify/verify.ts';
import type { Ensemble, LogExpectation } from '../../../src/sdk/definition.ts';
import { zookeeperPolicy } from '../../../stacks/zookeeper/policy.ts';
import { FakeSwarm, lines } from '../converge/fake-swarm.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

const ensemble: Ensemble = {
  name: 'keeper',
  title: 'Keeper',
  services: ['keeper-1', 'keeper-2'],
  isMember: () => false,
  policy: zookeeperPolicy,
  probe: {
    network: 'net',
    command: ['ask'],
    timeoutSeconds: 30,
    read: (said) => ({
      members: {
        'keeper-1': { ok: true, text: 'leader' },
        'keeper-2': { ok: said.includes('both'), text: said.includes('both') ? 'follower' : 'does not answer' },
        ...(said.includes('set') && { all: { ok: false, lasting: true as const, text: 'something is set' } }),
        ...(said.includes('unasked') && { settings: { ok: false, unsure: true as const, text: 'could not be asked' } }),
      },
      quorum: said.length > 0,
      text: said.join(' ') || 'no quorum',
    }),
  },
};

/** @param answers what the members say, one probe after the other; the last goes on */
function setUp(answers: string[][]) {
  const clock = new VirtualClock();
  const swarm = new FakeSwarm(clock);
  for (const name of ensemble.services) swarm.task(swarm.service(name));
  let probes = 0;
  const removed: string[] = [];
  const engine: Engine = {
    ...swarm.engine(),
    networks: async () => [
      {
        id: 'n1',
        name: 'prod_net',
        labels: {},
        driver: 'overlay',
        attachable: false,
        internal: false,
        options: {},
        subnets: [],
      },
    ],
    createJob: async () => {
      const id = `job${String((probes += 1))}`;
      swarm.task({ ...swarm.service(id), id }, { id: `${id}-task`, serviceId: id, state: 'complete' });
      swarm.logs.set(`${id}-task`, () => lines(answers[Math.min(probes, answers.length) - 1] ?? []));
      return id;
    },
    removeService: async (id) => {
      removed.push(id);
    },
  };
  const verify = (with_: Engine = engine, timeoutMs = 300_000, more: Partial<StackVerifyOptions> = {}) =>
    verifyStack(with_, {
      stack: 'prod',
      expectations: [],
      ensembles: [ensemble],
      keys: { authority: () => undefined, token: () => undefined },
      secrets: {},
      forbidden: {},
      timeoutMs,
      clock,
      redactor: createRedactor([]),
      ...more,
    });
  return { clock, swarm, engine, verify, removed, probes: () => probes };
}

describe('an ensemble', () => {
  test('that is whole passes, in its own words, and its job is gone', async () => {
    const { verify, removed } = setUp([['both']]);
    expect((await verify()).results).toEqual([
      { service: 'keeper', check: 'quorum', status: 'passed', detail: 'both' },
    ]);
    expect(removed).toEqual(['job1']);
  });

  test('that answers slowly is judged by its last answer, not by one that would come too late', async () => {
    const { clock, engine, verify } = setUp([['one']]);
    const slow: Engine = {
      ...engine,
      jobs: async () => [],
      createJob: async (job) => {
        await clock.sleep(40_000);
        return engine.createJob(job);
      },
    };
    expect((await verify(slow, 60_000)).results).toEqual([
      { service: 'keeper', check: 'quorum', status: 'failed', detail: 'one; keeper-2: does not answer' },
    ]);
  });

  test('of which something could not be asked cannot be told, unless something is wrong besides', async () => {
    expect((await setUp([['both', 'unasked']]).verify()).results).toEqual([
      { service: 'keeper', check: 'quorum', status: 'unsure', detail: 'both unasked; settings: could not be asked' },
    ]);
    expect((await setUp([['one', 'unasked']]).verify()).results).toMatchObject([
      { status: 'failed', detail: 'one unasked; keeper-2: does not answer; settings: could not be asked' },
    ]);
  });

  /** Asked by a tool that takes this long, of tasks that have run for an hour. */
  const slow = async (ms: number, answers: string[][], timeoutMs?: number) => {
    const { clock, engine, verify, swarm, probes } = setUp(answers);
    for (const task of swarm.tasks) task.stateAt = task.createdAt = clock.iso(-3_600_000);
    const createJob: Engine['createJob'] = async (job) => {
      await clock.sleep(ms);
      return engine.createJob(job);
    };
    const { results } = await verify({ ...engine, jobs: async () => [], createJob }, timeoutMs);
    return { results, probes: probes() };
  };

  test.each<[string, string[]]>([
    ['something could not be asked', ['both', 'unasked']],
    ['nobody did the work', []],
  ])('by which %s in the time of its tool is asked once more, and no more than that', async (_what, first) => {
    const again = await slow(40_000, [first, ['both']]);
    expect(again).toMatchObject({ probes: 2, results: [{ status: 'passed', detail: 'both' }] });
    expect((await slow(40_000, [first])).probes).toBe(2);
    expect((await slow(40_000, [first], 60_000)).probes).toBe(1);
  });

  test('that told what is wrong with it is not', async () => {
    expect(await slow(40_000, [['one'], ['both']])).toMatchObject({ probes: 1, results: [{ status: 'failed' }] });
    // Nor is it for what could not be asked besides, which changes nothing.
    const besides = await slow(40_000, [['one', 'unasked'], ['both']]);
    expect(besides).toMatchObject({ probes: 1, results: [{ status: 'failed' }] });
  });

  test('that is forming is asked again', async () => {
    const { verify, probes, removed } = setUp([[], ['one'], ['both']]);
    expect((await verify()).exit).toBe(0);
    expect(probes()).toBe(3);
    expect(removed).toHaveLength(3);
  });

  test.each([-300_000, 300_000])('has its time if the managers’ clock is %s ms ahead', async (ahead) => {
    const { clock, swarm, engine, verify } = setUp([[]]);
    swarm.ahead = ahead;
    for (const task of swarm.tasks) task.stateAt = task.createdAt = swarm.iso(-5_000);
    const createJob: Engine['createJob'] = async (job) => {
      await clock.sleep(1_000);
      return engine.createJob(job);
    };
    expect((await verify({ ...engine, jobs: async () => [], createJob })).exit).toBe(5);
    const { wholeSeconds } = ensemble.policy.patience;
    expect(clock.elapsed(), 'as long as its youngest may be forming').toBeGreaterThan((wholeSeconds - 15) * 1000);
    expect(clock.elapsed()).toBeLessThan((wholeSeconds + 5) * 1000);
  });

  test('that lacks only what waiting does not mend is asked once, in the time that it has to form', async () => {
    const { clock, verify, probes } = setUp([['both', 'set'], ['both']]);
    expect((await verify()).results).toEqual([
      { service: 'keeper', check: 'quorum', status: 'failed', detail: 'both set; all: something is set' },
    ]);
    expect(probes()).toBe(1);
    expect(clock.elapsed()).toBeLessThan(5_000);
  });

  test.each<[string, string[], string[], string]>([
    ['a member is not well yet', ['set'], ['both', 'set'], 'both set; all: something is set'],
    ['nobody does the work', [], ['both', 'set'], 'both set; all: something is set'],
    ['something could not be asked', ['both', 'set', 'unasked'], ['both', 'set'], 'both set; all: something is set'],
  ])('that lacks that too is asked again as long as %s besides', async (_what, first, then, detail) => {
    const { verify, probes } = setUp([first, first, then]);
    expect((await verify()).results).toMatchObject([{ status: 'failed', detail }]);
    expect(probes()).toBe(3);
  });

  test('that lacks a member fails, with the member, also while the others work', async () => {
    const { clock, verify } = setUp([['one']]);
    expect(await verify()).toMatchObject({
      exit: 5,
      results: [{ status: 'failed', detail: 'one; keeper-2: does not answer' }],
    });
    expect(clock.elapsed(), 'as long as it may be forming').toBeLessThan(130_000);
  });

  /** An engine beside which somebody removes the first probes, each after two seconds. */
  const swept = (first: number) => {
    const { clock, engine, verify } = setUp([['both']]);
    let made = 0;
    const until = new Map<string, number>();
    const isThere = (id: string): boolean => (until.get(id) ?? Infinity) > clock.now();
    const beside: Engine = {
      ...engine,
      createJob: async (job) => {
        const id = await engine.createJob(job);
        if ((made += 1) <= first) until.set(id, clock.now() + 2_000);
        return id;
      },
      jobs: async () => [...until.keys()].filter(isThere).map((id) => ({ id, name: id, labels: {} })),
      tasks: async (filter) =>
        (await engine.tasks(filter))
          .filter(({ serviceId }) => isThere(serviceId))
          .map((task) => (until.has(task.serviceId) ? { ...task, state: 'running' } : task)),
    };
    return { clock, verify: () => verify(beside), made: () => made };
  };

  test('whose probe somebody removes is asked again at once', async () => {
    const { clock, verify, made } = swept(1);
    expect((await verify()).results).toMatchObject([{ status: 'passed', detail: 'both' }]);
    expect(made()).toBe(2);
    expect(clock.elapsed()).toBeLessThan(5_000);
  });

  test('whose probes somebody removes each time cannot be told, for that reason', async () => {
    const { verify } = swept(Infinity);
    expect(await verify()).toMatchObject({
      exit: 7,
      results: [{ status: 'unsure', detail: expect.stringContaining('somebody removed the job before it had told') }],
    });
  });

  test('that cannot be asked cannot be told', async () => {
    const { engine, verify } = setUp([['both']]);
    const refusing: Engine = {
      ...engine,
      jobs: async () => [],
      createJob: async () => {
        throw new BundleError('engine-error', 'no');
      },
    };
    expect(await verify(refusing)).toMatchObject({ exit: 7, results: [{ status: 'unsure', detail: 'no' }] });
  });

  test('of which the swarm hears only after an election is asked then', async () => {
    const { clock, swarm, verify } = setUp([['both']]);
    for (const task of swarm.tasks) task.stateAt = task.createdAt = clock.iso(-3_600_000);
    for (const node of swarm.nodes) node.state = 'unknown';
    swarm.at(30, () => swarm.nodes.forEach((node) => (node.state = 'ready')));
    expect((await verify()).results).toMatchObject([{ status: 'passed', detail: 'both' }]);
    expect(clock.elapsed()).toBeLessThan(40_000);
  });
});

describe('lines of the start that a check proves', () => {
  const LINES = [
    { name: 'Listening', contains: 'binding to port', provenBy: { check: 'quorum', why: 'it serves' } },
    { name: 'Election', contains: 'LEADER ELECTION TOOK', provenBy: { check: 'running', why: 'it runs' } },
  ];
  /** Members whose log keeps 1 kB, and has lost what it had before these lines, unless they are fewer. */
  const verdict = async (
    answers: string[][],
    written: number,
    { ensembles = [ensemble], running = true, logs = LINES }: Partial<StackVerifyOptions> & Partial<Flags> = {},
  ) => {
    const { verify, swarm, engine } = setUp(answers);
    for (const [index, task] of swarm.tasks.entries()) {
      const spec = { LogDriver: { Name: 'json-file', Options: { 'max-size': '1k', 'max-file': '2' } } };
      const hourAgo = swarm.iso(-3_600_000);
      swarm.tasks[index] = { ...task, spec, stateAt: hourAgo, createdAt: hourAgo };
      swarm.logs.set(task.id, () => lines(Array.from({ length: written }, () => 'Processing ruok command')));
    }
    const expectations = ensemble.services.map((service): Expected => {
      const looks = { running, secrets: false, absent: true, stable: false };
      const limits = { withinSeconds: 60, startGraceSeconds: 0, needs: undefined };
      return { service, replicas: 1, logs, endpoints: [], certificates: [], looks, ...limits };
    });
    const { exit, results } = await verify(engine, 60_000, { expectations, ensembles });
    const first = results.filter(({ service, check }) => service === 'keeper-1' && check !== 'running');
    return { exit, first: first.map(({ check, status }) => `${check} ${status}`), results };
  };
  type Flags = { running: boolean; logs: readonly LogExpectation[] };
  const MANY = 50;

  test('pass where the log may have lost them and that check passed', async () => {
    const { exit, first, results } = await verdict([['both']], MANY);
    expect(exit).toBe(0);
    expect(first).toEqual(['Listening passed', 'Election passed']);
    expect(results.find(({ check }) => check === 'Listening')).toEqual({
      service: 'keeper-1',
      task: 't001',
      slot: 1,
      node: 'node1',
      check: 'Listening',
      status: 'passed',
      detail: 'its log may have lost the line; it serves (quorum)',
    });
  });

  test('fail as ever if the log is whole', async () => {
    const { exit, first } = await verdict([['both']], 3);
    expect([exit, ...first]).toEqual([5, 'Listening failed', 'Election failed']);
  });

  test('cannot be told where that check was not asked, or did not pass, or nothing proves them', async () => {
    const without = await verdict([['both']], MANY, { ensembles: [], running: false });
    expect([without.exit, ...without.first]).toEqual([7, 'Listening unsure', 'Election unsure']);
    const ill = await verdict([['one']], MANY);
    expect([ill.exit, ...ill.first]).toEqual([5, 'Listening unsure', 'Election passed']);
    const unsure = await verdict([['both', 'unasked']], MANY);
    expect([unsure.exit, ...unsure.first]).toEqual([7, 'Listening unsure', 'Election passed']);
    const others = await verdict([['both']], MANY, { ensembles: [{ ...ensemble, services: ['keeper-2'] }] });
    expect([others.exit, ...others.first]).toEqual([7, 'Listening unsure', 'Election passed']);
    const logs = LINES.map(({ name, contains }) => ({ name, contains }));
    const plain = await verdict([['both']], MANY, { logs });
    expect([plain.exit, ...plain.first]).toEqual([7, 'Listening unsure', 'Election unsure']);
    expect(plain.results.some((result) => 'gone' in result)).toBe(false);
  });
});
