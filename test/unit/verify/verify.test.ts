import { describe, expect, test } from 'vitest';
import type { LogOptions, SwarmTask } from '../../../src/engine/port.ts';
import { createRedactor, withholdAll } from '../../../src/ui/redact.ts';
import type { CheckResult, Verification } from '../../../src/verify/result.ts';
import { verifyStack } from '../../../src/verify/verify.ts';
import type { Expected, StackVerifyOptions } from '../../../src/verify/options.ts';
import { FakeSwarm, lines, silence } from '../converge/fake-swarm.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

const TLS = { name: 'TLS', contains: 'TLS: Enabled' };
const expecting = (service: string, change: Partial<Expected> = {}): Expected => ({
  service,
  replicas: 1,
  logs: [TLS],
  endpoints: [],
  certificates: [],
  withinSeconds: 60,
  startGraceSeconds: 0,
  needs: undefined,
  looks: { running: true, secrets: true, absent: true, stable: true },
  ...change,
});

/** @param replicas of its one service, as stack.yml has them */
function setUp(replicas = 1) {
  const clock = new VirtualClock();
  const swarm = new FakeSwarm(clock);
  const verify = (change: Partial<StackVerifyOptions> = {}): Promise<Verification> =>
    verifyStack(swarm.engine(), {
      stack: 'prod',
      expectations: [expecting('app', { replicas })],
      ensembles: [],
      keys: { authority: () => undefined, token: () => undefined },
      secrets: {},
      forbidden: {},
      timeoutMs: 300_000,
      clock,
      redactor: createRedactor(['hunter22']),
      ...change,
    });
  const says = (task: SwarmTask, ...texts: string[]): void => {
    swarm.logs.set(task.id, (options: LogOptions) => (options.follow === true ? silence(options) : lines(texts)));
  };
  return { clock, swarm, verify, says };
}

function of(verification: Verification, check: string): CheckResult[] {
  return verification.results.filter((result) => result.check === check);
}

function mounting(...names: [string, string][]): Partial<SwarmTask> {
  return { secrets: names.map(([target, name]) => ({ id: name, target, name })) };
}

describe('verifyStack', () => {
  test('judges the first line that is looked for, if its definition has more to ask of it', async () => {
    const users = {
      name: 'Users',
      contains: 'users: ',
      says: {
        seen: 'which names admin alone',
        judge: (line: string) => {
          const [, named] = /users: (\w+)/.exec(line) ?? [];
          if (named === undefined) return { status: 'unsure' as const, detail: 'of another form' };
          return named === 'admin'
            ? { status: 'passed' as const, detail: 'admin alone' }
            : { status: 'failed' as const, detail: 'others too' };
        },
      },
    };
    const verdict = async (...texts: string[]): Promise<string[]> => {
      const { swarm, verify, says } = setUp();
      says(swarm.task(swarm.service('app')), ...texts);
      const verification = await verify({ expectations: [expecting('app', { logs: [TLS, users] })] });
      return [...of(verification, 'TLS'), ...of(verification, 'Users')].map(
        ({ status, detail }) => `${status}: ${detail}`,
      );
    };
    const TLS_LINE = 'passed: TLS: Enabled';
    expect(await verdict('TLS: Enabled', 'users: admin', 'users: eve')).toEqual([TLS_LINE, 'passed: admin alone']);
    expect(await verdict('TLS: Enabled', 'users: eve')).toEqual([TLS_LINE, 'failed: others too']);
    expect(await verdict('TLS: Enabled', 'users: ?')).toEqual([TLS_LINE, 'unsure: of another form']);
    expect(await verdict('TLS: Enabled')).toEqual([
      TLS_LINE,
      expect.stringContaining('failed: no line with "users: "'),
    ]);
  });

  test('begins with what was read a moment ago, and gives its verdict on what is read later', async () => {
    const { clock, swarm, verify, says } = setUp();
    const app = swarm.service('app');
    const read = swarm.task(app);
    const info = await swarm.engine().info();
    const reading = (at: number) => ({
      services: [...swarm.services],
      tasks: [read],
      allTasks: [read],
      nodes: swarm.nodes,
      info: { ...info, systemTime: clock.iso() },
      askedAt: at,
      at,
      infoAt: at,
    });
    says(read, 'TLS: Enabled');
    expect((await verify({ reading: reading(clock.now()) })).exit).toBe(0);
    expect(
      swarm.calls.filter((call) => call === 'tasks'),
      'asked at the end alone',
    ).toHaveLength(1);
    // What was read is no more what runs.
    const now = swarm.replace(read, app, {});
    swarm.enter(now, 'running', { desiredState: 'running' });
    says(now, 'no such line');
    expect((await verify({ reading: reading(clock.now()) })).exit).toBe(5);
    says(now, 'TLS: Enabled');
    swarm.calls = [];
    expect((await verify({ reading: reading(clock.now() - 2_000) })).exit).toBe(0);
    expect(
      swarm.calls.filter((call) => call === 'tasks'),
      'an old one is passed over',
    ).toHaveLength(2);
  });

  test('knows what still stops from what was read a moment ago', async () => {
    const { clock, swarm, verify } = setUp();
    const app = swarm.service('app', { spec: { TaskTemplate: { ContainerSpec: { Hostname: 'app' } } } });
    const former = swarm.task(app, {
      image: 'old',
      desiredState: 'shutdown',
      spec: { ContainerSpec: { Hostname: 'app' } },
    });
    const read = swarm.task(app);
    const at = clock.now();
    const looks = { running: false, secrets: false, absent: true, stable: true };
    const tasksAlone = { expectations: [expecting('app', { logs: [], looks })], timeoutMs: 1 };
    const verdict = async (allTasks: SwarmTask[]) =>
      verify({
        ...tasksAlone,
        reading: {
          ...{ services: [...swarm.services], tasks: [read], allTasks, nodes: swarm.nodes },
          ...{ info: await swarm.engine().info(), askedAt: at, at, infoAt: at },
        },
      });
    expect((await verdict([former, read])).results).toMatchObject([{ check: 'tasks', status: 'failed' }]);
    expect((await verdict([read])).results).toEqual([]);
  });

  describe('fails while a former task still stops in the place of one that runs', () => {
    const withFormer = (host = 'app') => {
      const all = setUp();
      const app = all.swarm.service('app', { spec: { TaskTemplate: { ContainerSpec: { Hostname: host } } } });
      const spec = { ContainerSpec: { Hostname: host, StopGracePeriod: 86_400e9 } };
      const former = all.swarm.task(app, { image: 'old', desiredState: 'shutdown', spec });
      all.says(all.swarm.task(app), 'TLS: Enabled');
      return { ...all, app, former };
    };

    test('however well that one is', async () => {
      const { verify, clock } = withFormer();
      const result = await verify();
      expect(result.exit).toBe(5);
      expect(of(result, 'TLS')).toMatchObject([{ status: 'passed' }]);
      expect(of(result, 'tasks')).toEqual([
        {
          service: 'app',
          check: 'tasks',
          status: 'failed',
          detail: 'two at a time: its former task still stops on node1, which may take up to 24 h',
        },
      ]);
      expect(clock.elapsed()).toBeLessThan(15_000);
    });

    test('could not tell, for a deployment before which an update left it behind', async () => {
      const { clock, app, verify } = withFormer();
      const at = clock.now();
      const result = await verify({ start: { services: [app], at: at + 1 } });
      expect(result.exit).toBe(7);
      expect(clock.elapsed()).toBeLessThan(5_000);
      expect(of(result, 'tasks')).toEqual([
        {
          service: 'app',
          check: 'tasks',
          status: 'unsure',
          detail:
            'two at a time: its former task still stops on node1, which may take up to 24 h; an update before this ' +
            'deployment left it behind; `bundle verify` tells once it has ended',
        },
      ]);
      const own = [
        { services: [app], at },
        { services: [{ ...app, version: 9 }], at: at + 1 },
      ];
      for (const start of own) expect((await verify({ start })).exit, 'of its own').toBe(5);
    });

    test('not if it ends in a moment, or has no place of its own', async () => {
      const { swarm, verify, former } = withFormer();
      swarm.at(5, () => swarm.enter(former, 'shutdown'));
      expect((await verify()).exit).toBe(0);
      expect((await withFormer('').verify()).exit).toBe(0);
    });
  });

  test('passes where every current task shows what it must, with redacted evidence', async () => {
    const { clock, swarm, verify, says } = setUp(2);
    const app = swarm.service('app', { replicas: 2 });
    says(swarm.task(app, { slot: 1 }), '2026-01-01T00:00:03Z TLS: Enabled with hunter22');
    says(swarm.task(app, { slot: 2, nodeId: 'id-node2' }), '2026-01-01T00:00:04Z TLS: Enabled');
    const told: CheckResult[] = [];
    const result = await verify({ onResult: (one) => told.push(one) });
    expect(result.exit).toBe(0);
    expect(of(result, 'TLS')).toEqual([
      {
        service: 'app',
        task: 't001',
        slot: 1,
        node: 'node1',
        check: 'TLS',
        status: 'passed',
        detail: 'TLS: Enabled with [redacted]',
        at: '2026-01-01T00:00:03Z',
      },
      {
        service: 'app',
        task: 't002',
        slot: 2,
        node: 'node2',
        check: 'TLS',
        status: 'passed',
        detail: 'TLS: Enabled',
        at: '2026-01-01T00:00:04Z',
      },
    ]);
    expect(told).toHaveLength(4);
    expect(clock.elapsed()).toBeLessThan(5_000);
  });

  test('a service whose tasks end again and again has failed, however well the current one does', async () => {
    const { clock, swarm, verify, says } = setUp();
    const app = swarm.service('app', { createdAt: clock.iso(-3_600_000) });
    let last: SwarmTask | undefined;
    for (const seconds of [-60, -30]) {
      last = swarm.task(app, {
        state: 'failed',
        desiredState: 'shutdown',
        createdAt: clock.iso(seconds * 1000),
        stateAt: clock.iso((seconds + 30) * 1000),
        exitCode: 3,
      });
    }
    says(last!, 'TLS: Enabled', 'heap is full, password hunter22');
    says(swarm.task(app), 'TLS: Enabled');
    const result = await verify();
    expect(result.exit).toBe(5);
    expect(of(result, 'stable')).toMatchObject([
      {
        service: 'app',
        task: 't002',
        status: 'failed',
        detail: expect.stringContaining(
          'after 25 s with exit code 3; its last lines: TLS: Enabled | heap is full, password [redacted]',
        ),
      },
    ]);
    expect(clock.elapsed()).toBeLessThan(5_000);
    expect(
      (
        await verify({
          expectations: [expecting('app', { looks: { running: true, secrets: true, absent: true, stable: false } })],
        })
      ).exit,
      'left out by --skip stable',
    ).toBe(0);
  });

  describe('what is told of only if it fails, asked for by name', () => {
    const looks = { running: false, secrets: false, absent: true, stable: true };
    const asked = (...named: string[]) => [expecting('app', { replicas: 2, logs: [], looks, named })];
    const verdicts = async (
      prepare: (swarm: FakeSwarm, clock: VirtualClock) => void,
      named: string[],
    ): Promise<[number, ...string[]]> => {
      const { clock, swarm, verify } = setUp(2);
      prepare(swarm, clock);
      const { exit, results } = await verify({ expectations: asked(...named) });
      return [exit, ...results.map(({ check, status, detail }) => `${check} ${status}: ${detail}`)];
    };
    const healthy = (swarm: FakeSwarm): void => {
      const app = swarm.service('app', { replicas: 2 });
      swarm.task(app, { slot: 1 });
      swarm.task(app, { slot: 2, nodeId: 'id-node2' });
    };

    test('passes where all is well, and is no word without that', async () => {
      expect(await verdicts(healthy, ['tasks'])).toEqual([0, 'tasks passed: 2 of 2 run, and no others']);
      expect(await verdicts(healthy, ['stable'])).toEqual([
        0,
        'stable passed: no task of it is known to have ended unplanned since it was deployed',
      ]);
      expect(await verdicts(healthy, [])).toEqual([7]);
    });

    test('fails as ever where it is not', async () => {
      const lacking = (swarm: FakeSwarm): void => void swarm.task(swarm.service('app', { replicas: 2 }), { slot: 1 });
      expect(await verdicts(lacking, ['tasks'])).toEqual([5, expect.stringMatching(/^tasks failed: 1 of 2 tasks/)]);
      const ending = (swarm: FakeSwarm, clock: VirtualClock): void => {
        const app = swarm.service('app', { replicas: 2, createdAt: clock.iso(-3_600_000) });
        for (const seconds of [-60, -30])
          swarm.task(app, {
            slot: 1,
            state: 'failed',
            desiredState: 'shutdown',
            createdAt: clock.iso(seconds * 1000),
            stateAt: clock.iso((seconds + 30) * 1000),
            exitCode: 3,
          });
        swarm.task(app, { slot: 1 });
        swarm.task(app, { slot: 2, nodeId: 'id-node2' });
      };
      expect(await verdicts(ending, ['stable'])).toEqual([
        5,
        expect.stringMatching(/^stable failed: it does not stay/),
      ]);
    });

    describe('of a swarm that keeps few tasks of a slot', () => {
      /** Each has one end that is known; the loop before it is lost. */
      const keeping =
        (limit: number, spec = {}) =>
        (swarm: FakeSwarm, clock: VirtualClock) => {
          swarm.taskHistory = limit;
          const app = swarm.service('app', { replicas: 2, createdAt: clock.iso(-3_600_000), spec });
          const ended = { createdAt: clock.iso(-60_000), stateAt: clock.iso(-30_000), exitCode: 3 };
          swarm.task(app, { slot: 1, state: 'failed', desiredState: 'shutdown', ...ended });
          swarm.task(app, { slot: 1 });
          swarm.task(app, { slot: 2, nodeId: 'id-node2' });
        };
      const attempts = (MaxAttempts: number) => ({ TaskTemplate: { RestartPolicy: { MaxAttempts } } });

      test.each([0, 1, 2])('%s: that they stay up cannot be told, with what mends it', async (limit) => {
        expect(await verdicts(keeping(limit), ['stable'])).toEqual([
          7,
          expect.stringMatching(/^stable unsure: the swarm keeps .*`docker swarm update --task-history-limit 5`/),
        ]);
      });
      test.each([-1, 3, 5])('not so of one that keeps %s', async (limit) => {
        expect(await verdicts(keeping(limit), ['stable'])).toEqual([0, expect.stringMatching(/^stable passed: /)]);
      });
      test('a service’s own limit of restarts counts in its place', async () => {
        expect(await verdicts(keeping(0, attempts(9)), ['stable'])).toEqual([
          0,
          expect.stringMatching(/^stable passed/),
        ]);
        expect(await verdicts(keeping(5, attempts(1)), ['stable'])).toEqual([7, expect.stringMatching(/max_attempts/)]);
      });
      test('what can be seen of a loop all the same fails', async () => {
        const looping = (swarm: FakeSwarm, clock: VirtualClock): void => {
          keeping(2)(swarm, clock);
          const ended = { createdAt: clock.iso(-120_000), stateAt: clock.iso(-65_000), exitCode: 3 };
          swarm.tasks.push({ ...swarm.tasks.at(-1)!, id: 'before', ...ended });
        };
        expect(await verdicts(looping, ['stable'])).toEqual([5, expect.stringMatching(/^stable failed/)]);
      });
    });

    test('of a node that the swarm does not hear of, the count proves nothing', async () => {
      const silent = (swarm: FakeSwarm): void => {
        healthy(swarm);
        swarm.nodes.forEach((node, at) => {
          if (node.id === 'id-node2') swarm.nodes[at] = { ...node, state: 'down' };
        });
      };
      expect(await verdicts(silent, ['tasks'])).toEqual([7, 'tasks unsure: the swarm has no word from node2']);
    });

    test('of a job, a task that is complete stays so wherever its node is by now', async () => {
      const done = (swarm: FakeSwarm): void => {
        const job = swarm.service('app', { mode: { kind: 'replicated-job', replicas: 2 } });
        swarm.task(job, { slot: 1, state: 'complete', desiredState: 'complete' });
        swarm.task(job, { slot: 2, state: 'complete', desiredState: 'complete', nodeId: 'id-node2' });
        swarm.nodes.forEach((node, at) => {
          if (node.id === 'id-node2') swarm.nodes[at] = { ...node, state: 'down' };
        });
      };
      expect(await verdicts(done, ['tasks'])).toEqual([0, 'tasks passed: 2 of 2 are complete, and no others']);
    });
  });

  test('a program of the definition is one of its checks, told with the task’s last words if it fails', async () => {
    const { swarm, verify, says } = setUp();
    const [app, other] = [swarm.service('app'), swarm.service('other')];
    says(swarm.task(app), 'TLS: Enabled');
    says(swarm.task(other, { nodeId: 'id-node2' }), 'TLS: Enabled', 'no level, password hunter22');
    const judge = (): never => {
      throw new Error('the judge is the asker’s to call');
    };
    const program = { name: 'level', seen: '', network: 'net', command: [], timeoutSeconds: 1, judge };
    const expectations = ['app', 'other'].map((name) => expecting(name, { programs: [program], withinSeconds: 20 }));
    const asked: string[] = [];
    const result = await verify({
      expectations,
      program: async ({ name }, { id, nodeId }) => {
        asked.push(`${name} ${id}`);
        return nodeId === 'id-node1'
          ? { status: 'passed', detail: 'as high' }
          : { status: 'failed', detail: 'too low' };
      },
    });
    expect(result.exit).toBe(5);
    expect(of(result, 'level')).toMatchObject([
      { service: 'app', task: 't001', status: 'passed', detail: 'as high' },
      {
        service: 'other',
        task: 't002',
        status: 'failed',
        detail: expect.stringMatching(/^too low; its last lines: TLS: Enabled \| no level, password \[redacted\]$/),
      },
    ]);
    expect(asked.filter((each) => each === 'level t001')).toHaveLength(1);
    expect(asked.filter((each) => each === 'level t002').length).toBeGreaterThan(1);

    const without = await verify({ expectations });
    expect(of(without, 'level').map(({ status }) => status)).toEqual(['not-run', 'not-run']);
    expect(without.exit).toBe(0);
  });

  test('one end is no failure, and is told', async () => {
    const { clock, swarm, verify, says } = setUp();
    const app = swarm.service('app', { createdAt: clock.iso(-3_600_000) });
    swarm.task(app, { state: 'failed', desiredState: 'shutdown', createdAt: clock.iso(-90_000), exitCode: 1 });
    says(swarm.task(app), 'TLS: Enabled');
    const result = await verify();
    expect(result.exit).toBe(0);
    expect(of(result, 'running')).toMatchObject([
      { detail: expect.stringContaining('ended once before, the last time with exit code 1') },
    ]);
  });

  test('a loop that begins while its lines are looked for ends the wait', async () => {
    const { clock, swarm, verify } = setUp();
    const app = swarm.service('app', { createdAt: clock.iso(-3_600_000) });
    swarm.flap(app, 1, 25, { exitCode: 3 });
    const result = await verify();
    expect(of(result, 'stable')).toMatchObject([{ status: 'failed' }]);
    expect(clock.elapsed()).toBeLessThan(90_000);
  });

  test('ends during the start grace are waited out', async () => {
    const { clock, swarm, verify, says } = setUp();
    const app = swarm.service('app');
    for (const seconds of [-60, -30])
      swarm.task(app, {
        state: 'failed',
        desiredState: 'shutdown',
        createdAt: clock.iso(seconds * 1000),
        stateAt: clock.iso((seconds + 30) * 1000),
        exitCode: 3,
      });
    says(swarm.task(app), 'TLS: Enabled');
    const early = expecting('app', { startGraceSeconds: 180 });
    expect((await verify({ expectations: [early], timeoutMs: 20_000 })).exit, 'cannot be told yet').toBe(7);
    expect((await verify({ expectations: [early] })).exit).toBe(0);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(50_000);
  });

  test('a line of an older task does not count', async () => {
    const { swarm, verify, says } = setUp();
    const app = swarm.service('app');
    const old = swarm.task(app, { state: 'failed', desiredState: 'shutdown', createdAt: swarm.clock.iso(-99_000) });
    says(old, 'TLS: Enabled');
    says(swarm.task(app), 'hello');
    const result = await verify();
    expect(result.exit).toBe(5);
    expect(of(result, 'TLS')).toMatchObject([
      { task: 't002', status: 'failed', detail: expect.stringContaining('docker service logs t002') },
    ]);
  });

  test('a task that is replaced while we look is looked at again', async () => {
    const { swarm, verify, says } = setUp();
    const app = swarm.service('app');
    const first = swarm.task(app);
    says(first, 'hello');
    swarm.at(5, () => {
      const second = swarm.replace(first, app, { exitCode: 1 });
      says(second, 'TLS: Enabled');
      swarm.at(10, () => swarm.enter(second, 'running', { desiredState: 'running' }));
    });
    const result = await verify();
    expect(result.exit).toBe(0);
    expect(of(result, 'TLS')).toMatchObject([{ task: 't002', status: 'passed' }]);
  });

  test('what passed counts only while its task is current', async () => {
    const { swarm, verify, says } = setUp(2);
    const app = swarm.service('app', { replicas: 2 });
    const first = swarm.task(app, { slot: 1 });
    says(first, 'TLS: Enabled');
    const other = swarm.task(app, { slot: 2 });
    says(other, 'hello');
    swarm.at(20, () => {
      says(swarm.replace(first, app, {}), 'hello');
    });
    const result = await verify();
    expect(result.exit).toBe(5);
    expect(result.results.filter((one) => one.status === 'passed' && one.check === 'TLS')).toEqual([]);
  });

  test('missing tasks and services are failures', async () => {
    const { clock, swarm, verify, says } = setUp(2);
    says(swarm.task(swarm.service('app', { replicas: 2 })), 'TLS: Enabled');
    const result = await verify({ expectations: [expecting('app', { replicas: 2 }), expecting('gone')] });
    expect(result.exit).toBe(5);
    expect(of(result, 'tasks')).toMatchObject([
      { service: 'app', status: 'failed', detail: expect.stringContaining('1 of 2 tasks') },
      { service: 'gone', status: 'failed', detail: expect.stringContaining('no such service') },
    ]);
    expect(clock.elapsed()).toBeLessThan(15_000);
  });

  test('the task that a paused node keeps of a global service stands for no other', async () => {
    const { swarm, verify, says } = setUp();
    swarm.nodes[1]!.availability = 'pause';
    says(
      swarm.task(swarm.service('app', { mode: { kind: 'global', replicas: 0 } }), { nodeId: 'id-node2' }),
      'TLS: Enabled',
    );
    expect(of(await verify(), 'tasks')).toMatchObject([
      { status: 'failed', detail: expect.stringContaining('1 of 2 tasks') },
    ]);
  });

  test('a task that does not come to run is a failure in its own words', async () => {
    const { clock, swarm, verify } = setUp();
    swarm.task(swarm.service('app'), {
      state: 'pending',
      nodeId: '',
      error: 'no suitable node (1 node not available for new tasks)',
    });
    const result = await verify();
    expect(of(result, 'running')).toMatchObject([
      { status: 'failed', detail: expect.stringContaining('no suitable node') },
    ]);
    expect(clock.elapsed()).toBeLessThan(20_000);
  });

  test('a task that starts slowly is waited for', async () => {
    const { swarm, verify, says } = setUp();
    const task = swarm.task(swarm.service('app'), { state: 'starting' });
    swarm.at(50, () => {
      swarm.enter(task, 'running');
      says(task, 'TLS: Enabled');
    });
    expect((await verify()).exit).toBe(0);
  });

  test('a log that cannot be read is exit 7, a failure beside it exit 5', async () => {
    const { swarm, verify, says } = setUp(2);
    const app = swarm.service('app', { replicas: 2 });
    const away = swarm.task(app, { slot: 1, nodeId: 'id-node2' });
    swarm.logs.set(away.id, () => lines(['node node2 is not available'], 'system'));
    const here = swarm.task(app, { slot: 2 });
    says(here, 'TLS: Enabled');
    const unsure = await verify();
    expect(unsure.exit).toBe(7);
    expect(of(unsure, 'TLS')).toMatchObject([
      { node: 'node2', status: 'unsure', detail: expect.stringContaining('node2 is not available') },
      { status: 'passed' },
    ]);
    says(here, 'hello');
    expect((await verify()).exit).toBe(5);
  });

  test('a task on a node that is away is not said to run', async () => {
    const { swarm, verify, says } = setUp();
    says(swarm.task(swarm.service('app'), { nodeId: 'id-node2' }), 'TLS: Enabled');
    swarm.nodes[1]!.state = 'unknown';
    const result = await verify();
    expect(result.exit).toBe(7);
    expect(of(result, 'running')).toMatchObject([{ node: 'node2', status: 'unsure' }]);
  });

  test('an old task is not waited for long, a hanging one not beyond the time limit', async () => {
    const { clock, swarm, verify, says } = setUp();
    const hourAgo = swarm.iso(-3_600_000);
    const task = swarm.task(swarm.service('app'), { stateAt: hourAgo, createdAt: hourAgo });
    says(task, 'hello');
    expect((await verify()).exit).toBe(5);
    expect(clock.elapsed()).toBeLessThan(20_000);
    swarm.logs.set(task.id, silence);
    const began = clock.elapsed();
    expect(
      (await verify({ timeoutMs: 30_000, expectations: [expecting('app', { replicas: 1, withinSeconds: 900 })] })).exit,
    ).toBe(7);
    expect(clock.elapsed() - began).toBeLessThanOrEqual(36_000);
  });

  test.each<[string, number, Partial<StackVerifyOptions>, number, RegExp]>([
    [
      'has failed of a task whose time is not over, and that is told',
      5,
      {},
      5,
      /^no line with "TLS: Enabled" yet, and not waited for as long as it may take \(240 s from its start\): no such line/,
    ],
    ['has failed of one whose time was over long before', 3600, {}, 5, /^no line with .* within 240 s of its start/],
    ['has failed for who asks whether it is well now', 5, { strict: true }, 5, /^no line with "TLS: Enabled" yet, /],
  ])('a line that a short verification did not see %s', async (_what, age, change, exit, detail) => {
    const { swarm, verify, says } = setUp();
    const at = swarm.iso(-age * 1000);
    says(swarm.task(swarm.service('app'), { stateAt: at, createdAt: at }), 'hello');
    const expectations = [expecting('app', { withinSeconds: 240 })];
    const result = await verify({ timeoutMs: 30_000, expectations, ...change });
    expect(result.exit).toBe(exit);
    expect(of(result, 'TLS')).toMatchObject([{ detail: expect.stringMatching(detail) }]);
  });

  describe('clocks that are apart do no harm', () => {
    /** A task that was made, and ran, so many seconds ago; clocks as seconds ahead: of managers, and of its node. */
    const aged = (age: number, { managers = 0, node = 0 }: { managers?: number; node?: number }) => {
      const made = setUp();
      const { swarm, says } = made;
      swarm.ahead = managers * 1000;
      const at = swarm.iso(-age * 1000);
      const stateAt = swarm.iso((node - age) * 1000);
      const task = swarm.task(swarm.service('app'), { createdAt: at, updatedAt: at, stateAt });
      says(task, 'hello');
      return { ...made, task };
    };
    const DAY = 86_400;

    describe.each<[string, { managers?: number; node?: number }]>([
      ['a node’s, behind', { node: -DAY }],
      ['a node’s, ahead', { node: DAY }],
      ['this machine’s, five minutes ahead', { managers: -300 }],
      ['this machine’s, five minutes behind', { managers: 300 }],
      ['this machine’s, a day ahead, and a node’s', { managers: -DAY, node: -300 }],
      ['this machine’s, a day behind, and a node’s', { managers: DAY, node: 300 }],
    ])('%s', (_whose, clocks) => {
      test('a young task has all of its time', async () => {
        const { clock, swarm, verify, says, task } = aged(5, clocks);
        swarm.at(40, () => says(task, 'TLS: Enabled'));
        expect((await verify()).exit).toBe(0);
        expect(clock.elapsed()).toBeLessThan(60_000);
      });
      test('an old one has no more than it had', async () => {
        const { clock, verify } = aged(3600, clocks);
        expect((await verify()).exit).toBe(5);
        expect(clock.elapsed()).toBeLessThan(20_000);
      });
    });
  });

  test('secrets must be the locked versions, all of them and no other', async () => {
    const { swarm, verify, says } = setUp();
    const app = swarm.service('app');
    const task = swarm.task(
      app,
      mounting(
        ['imply-auth-token', 'prod_imply-auth-token.v1'],
        ['/etc/ca.crt', 'prod_ca.crt.v1'],
        ['extra', 'other_thing'],
      ),
    );
    says(task, 'TLS: Enabled');
    const result = await verify({
      secrets: {
        app: [
          { target: '/run/secrets/imply-auth-token', name: 'prod_imply-auth-token.v2' },
          { target: '/etc/ca.crt', name: 'prod_ca.crt.v1' },
          { target: 'licence', name: 'prod_licence.v1' },
        ],
      },
    });
    expect(result.exit).toBe(5);
    expect(of(result, 'secrets').map((one) => one.detail)).toEqual([
      'mounts prod_imply-auth-token.v1, the bundle says v2; does not mount prod_licence.v1 at ' +
        '/run/secrets/licence; mounts other_thing at /run/secrets/extra, which the bundle does not name',
    ]);
  });

  test('an agent with the CA\u2019s key fails, in whatever version, and although all else works', async () => {
    const { swarm, verify, says } = setUp();
    says(swarm.task(swarm.service('app'), mounting(['ca.key', 'prod_imply-ca.key.v3'])), 'TLS: Enabled');
    const result = await verify({ forbidden: { app: ['prod_imply-ca.key.v1'] } });
    expect(result.exit).toBe(5);
    expect(of(result, 'secrets')).toMatchObject([
      {
        status: 'failed',
        detail: expect.stringContaining('prod_imply-ca.key.v3, which no task of this service may have'),
      },
    ]);
  });

  test('without secrets/ the evidence is the pattern alone', async () => {
    const { swarm, verify, says } = setUp();
    says(swarm.task(swarm.service('app')), 'TLS: Enabled with hunter22');
    expect(of(await verify({ redactor: withholdAll }), 'TLS')).toMatchObject([
      { status: 'passed', detail: 'a line with "TLS: Enabled"' },
    ]);
  });

  test('of a part of a long line the evidence is the pattern alone: half a secret may stand where it was cut', async () => {
    const { swarm, verify, says } = setUp();
    const text = ' TLS: Enabled hunter22';
    says(swarm.task(swarm.service('app')), `${'x'.repeat(64 * 1024 - text.length + 4)}${text}${'y'.repeat(9000)}`);
    expect(of(await verify(), 'TLS')).toMatchObject([{ status: 'passed', detail: 'a line with "TLS: Enabled"' }]);
  });

  test('no more than 40 logs are read at once', async () => {
    const { clock, swarm, verify } = setUp(60);
    const app = swarm.service('app', { replicas: 60 });
    let open = 0;
    let most = 0;
    for (let slot = 1; slot <= 60; slot++) {
      swarm.logs.set(swarm.task(app, { slot }).id, async function* () {
        most = Math.max(most, (open += 1));
        try {
          await clock.sleep(500);
          yield* lines(['TLS: Enabled']);
        } finally {
          open -= 1;
        }
      });
    }
    expect((await verify()).exit).toBe(0);
    expect(most).toBe(40);
  });

  test('no replicas is nothing to verify, and nothing known is not a pass', async () => {
    const { swarm, verify } = setUp();
    swarm.service('app', { replicas: 0 });
    const expectations = [expecting('app', { replicas: 0, withinSeconds: 60 })];
    expect(await verify({ expectations })).toMatchObject({ exit: 7, results: [] });
  });

  test('a service that somebody scaled down fails, however well it runs', async () => {
    const { swarm, verify } = setUp();
    swarm.service('app', { replicas: 0 });
    expect(await verify()).toMatchObject({
      exit: 5,
      results: [{ check: 'tasks', status: 'failed', detail: '0 of 1 tasks: the service is scaled to 0' }],
    });
  });

  test('a service that somebody scaled up fails: its tasks are of one identity', async () => {
    const { swarm, verify, says } = setUp();
    const service = swarm.service('app', { replicas: 2 });
    for (const slot of [1, 2]) says(swarm.task(service, { slot }), 'TLS: Enabled');
    const { exit, results } = await verify();
    expect(exit).toBe(5);
    expect(results.filter(({ status }) => status !== 'passed')).toMatchObject([
      { check: 'tasks', status: 'failed', detail: '2 of 1 tasks: the service is scaled to 2' },
    ]);
  });

  describe('while the swarm has heard of no node since an election', () => {
    /** One task, whose log is there as long as its node is heard of, and from when to when it is not. */
    const elected = (from: number, to: number, log = ['TLS: Enabled']) => {
      const { clock, swarm, verify } = setUp();
      const task = swarm.task(swarm.service('app'));
      const [node] = swarm.nodes;
      swarm.at(from, () => (node!.state = 'unknown'));
      swarm.at(to, () => (node!.state = 'ready'));
      const reads: number[] = [];
      swarm.logs.set(task.id, () => {
        reads.push(clock.elapsed());
        return node!.state === 'ready' ? lines(log) : lines(['node1 is not available'], 'system');
      });
      return { clock, swarm, verify, reads };
    };

    test('what was seen stays, and what could not be asked is asked again', async () => {
      const seen = elected(1, 9);
      const other = seen.swarm.task(seen.swarm.service('other'), { nodeId: 'id-node2' });
      seen.swarm.logs.set(other.id, ({ follow }) =>
        lines(seen.clock.elapsed() < 3_000 || follow === true ? [] : ['TLS: Enabled']),
      );
      const expectations = [expecting('app'), expecting('other')];
      const told: CheckResult[] = [];
      expect(await seen.verify({ expectations, onResult: (one) => told.push(one) })).toMatchObject({ exit: 0 });
      expect(seen.reads, 'its log is not read again').toEqual([0]);
      expect(seen.clock.elapsed()).toBeGreaterThanOrEqual(9_000);
      expect(seen.clock.elapsed()).toBeLessThan(15_000);

      const { clock, verify, reads } = elected(0, 8);
      const waiting: string[] = [];
      const result = await verify({
        onResult: (one) => told.push(one),
        onWaiting: (open) => waiting.push(...open.flatMap(({ service, checks }) => `${service} ${checks.join()}`)),
      });
      expect(result.exit).toBe(0);
      expect(told.filter(({ status }) => status !== 'passed')).toEqual([]);
      expect(reads.filter((at) => at >= 8_000)).toHaveLength(1);
      expect(clock.elapsed()).toBeLessThan(15_000);
      expect(waiting.join('\n')).toContain('app (the swarm has not heard of node1 yet since an election)');
    });

    test('what fails there fails afterwards, and is told once', async () => {
      const { clock, verify } = elected(0, 8, ['no such thing']);
      const told: CheckResult[] = [];
      const result = await verify({ timeoutMs: 120_000, onResult: (one) => told.push(one) });
      expect(of(result, 'TLS')).toMatchObject([{ status: 'failed' }]);
      expect(told.filter(({ check }) => check === 'TLS').map(({ status }) => status)).toEqual(['failed']);
      expect(clock.elapsed()).toBeLessThan(90_000);
    });

    test('one that is down is away at once; one that is not heard of for long is so then', async () => {
      const down = elected(999, 999);
      down.swarm.nodes[0]!.state = 'down';
      const away = { status: 'unsure', detail: 'the swarm has no word from its node' };
      expect(of(await down.verify(), 'running')).toMatchObject([away]);
      expect(down.clock.elapsed()).toBeLessThan(20_000);
      const { clock, verify } = elected(0, 999);
      const result = await verify();
      expect(result.exit).toBe(7);
      expect(of(result, 'running')).toMatchObject([away]);
      expect(clock.elapsed()).toBeGreaterThanOrEqual(40_000);
      expect(clock.elapsed()).toBeLessThan(60_000);
    });
  });

  describe('that begins before the tasks are known to stay', () => {
    const until = (clock: VirtualClock, ms: number): Promise<void> => clock.sleep(ms);

    test('asks while that is awaited, and ends right after it', async () => {
      const { clock, swarm, verify, says } = setUp();
      says(swarm.task(swarm.service('app')), 'TLS: Enabled');
      const reads: number[] = [];
      const read = swarm.logs.get('t001');
      swarm.logs.set('t001', (options) => {
        reads.push(clock.elapsed());
        return read?.(options) ?? lines([]);
      });
      expect((await verify({ notBefore: until(clock, 8_200) })).exit).toBe(0);
      expect(reads).toEqual([0]);
      expect(clock.elapsed()).toBe(8_200);
    });

    test('a check that fails before is asked again after, and only its last word is told', async () => {
      const { clock, swarm, verify } = setUp();
      swarm.logs.set(swarm.task(swarm.service('app')).id, (options) =>
        clock.elapsed() < 5_000
          ? lines(['no such container'], 'system')
          : lines(['TLS: Enabled'], options.follow ? 'stderr' : 'stdout'),
      );
      const told: CheckResult[] = [];
      const result = await verify({ notBefore: until(clock, 8_000), onResult: (one) => told.push(one) });
      expect(result.exit).toBe(0);
      expect(told.filter(({ check }) => check === 'TLS').map(({ status }) => status)).toEqual(['passed']);
    });

    test('one that goes on failing fails', async () => {
      const { clock, swarm, verify } = setUp();
      swarm.logs.set(swarm.task(swarm.service('app')).id, () => lines(['no such container'], 'system'));
      const result = await verify({ notBefore: until(clock, 8_000) });
      expect(of(result, 'TLS')).toMatchObject([
        { status: 'unsure', detail: expect.stringContaining('no such container') },
      ]);
      expect(clock.elapsed()).toBeGreaterThan(8_000);
    });

    test('a task that dies after its checks passed does not count', async () => {
      const { clock, swarm, verify, says } = setUp();
      const app = swarm.service('app');
      const first = swarm.task(app);
      says(first, 'TLS: Enabled');
      let second: SwarmTask | undefined;
      swarm.at(7.9, () => (second = swarm.replace(first, app, { error: 'task: non-zero exit (1)', exitCode: 1 })));
      swarm.at(13, () => {
        swarm.enter(second!, 'running', { desiredState: 'running' });
        says(second!, 'no TLS here');
      });
      const result = await verify({ notBefore: until(clock, 8_000) });
      expect(result.exit).toBe(5);
      expect(of(result, 'TLS')).toMatchObject([{ task: second!.id, status: 'failed' }]);
    });

    test('a line that comes late is found', async () => {
      const { clock, swarm, verify } = setUp();
      swarm.logs.set(swarm.task(swarm.service('app')).id, async function* ({ signal, follow }: LogOptions) {
        if (follow === true) await clock.sleep(9_000 - clock.elapsed(), signal).catch(() => undefined);
        if (clock.elapsed() >= 9_000) yield* lines(['TLS: Enabled']);
      });
      expect((await verify({ notBefore: until(clock, 8_000) })).exit).toBe(0);
      expect(clock.elapsed()).toBeGreaterThanOrEqual(9_000);
      expect(clock.elapsed()).toBeLessThan(11_000);
    });
  });

  test('an interrupt is exit 130', async () => {
    const { swarm, verify } = setUp();
    swarm.logs.set(swarm.task(swarm.service('app')).id, silence);
    const stop = new AbortController();
    swarm.at(2, () => stop.abort());
    await expect(verify({ signal: stop.signal })).rejects.toMatchObject({ exit: 130 });
  });
});
