import { describe, expect, test } from 'vitest';
import { converge } from '../../../src/converge/converge.ts';
import type { ConvergeOptions, ServiceProgress } from '../../../src/converge/options.ts';
import type { Outcome } from '../../../src/converge/outcome.ts';
import { convergenceError } from '../../../src/converge/outcome.ts';
import type { LogOptions, SwarmNode, SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import { BundleError } from '../../../src/errors.ts';
import { createRedactor, withholdAll } from '../../../src/ui/redact.ts';
import { FakeSwarm, lines, silence } from './fake-swarm.ts';
import { VirtualClock } from './virtual-clock.ts';

function setUp(hostnames?: string[]) {
  const clock = new VirtualClock();
  const swarm = new FakeSwarm(clock, hostnames);
  const wait = (change: Partial<ConvergeOptions> = {}): Promise<Outcome[]> =>
    converge(swarm.engine(), {
      stack: 'prod',
      expectations: [],
      timeoutMs: 300_000,
      clock,
      redactor: createRedactor(['hunter22']),
      ...change,
    });
  const one = async (change?: Partial<ConvergeOptions>): Promise<Outcome> => {
    const [outcome] = await wait(change);
    if (outcome === undefined) throw new Error('no outcome');
    return outcome;
  };
  return { clock, swarm, wait, one };
}

/** A pending task that no node suits. */
function lost(why: string): Partial<SwarmTask> {
  return { state: 'pending', nodeId: '', error: `no suitable node (${why})` };
}

function constrained(...constraints: string[]): SwarmService['spec'] {
  return { TaskTemplate: { Placement: { Constraints: constraints } } };
}

describe('success', () => {
  test('is all tasks running for the monitor window', async () => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app', { replicas: 2, updateMonitorSeconds: 8 });
    const tasks = [swarm.task(app, { slot: 1, state: 'preparing' }), swarm.task(app, { slot: 2, state: 'preparing' })];
    swarm.at(3, () => swarm.enter(tasks[0]!, 'running'));
    swarm.at(6, () => swarm.enter(tasks[1]!, 'running'));
    expect(await one()).toMatchObject({ service: 'app', kind: 'converged' });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(17_000);
    expect(clock.elapsed()).toBeLessThan(19_000);
  });

  test('takes at least 8 s, whatever the monitor window and the nodes\u2019 clocks say', async () => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app', { updateMonitorSeconds: 0.1 });
    swarm.task(app, { stateAt: '2020-01-01T00:00:00Z', createdAt: '2020-01-01T00:00:00Z' });
    expect((await one()).kind).toBe('converged');
    expect(clock.elapsed()).toBeGreaterThanOrEqual(8_000);
  });

  test.each([
    ['this machine slept meanwhile', 600_000, 600_000],
    ['managers’ clocks were set forward meanwhile', 0, 3_600_000],
    ['managers’ clocks were set back meanwhile', 0, -3_600_000],
  ])('takes little longer where %s, and a task ended twice at its start', async (_what, missedMs, ahead) => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app', { updateMonitorSeconds: 8 });
    const first = swarm.task(app, { state: 'preparing' });
    swarm.at(5, () => {
      clock.missedMs = missedMs;
      swarm.ahead = ahead;
    });
    let second: SwarmTask;
    let third: SwarmTask;
    swarm.at(6, () => swarm.enter(first, 'running'));
    swarm.at(8, () => {
      second = swarm.replace(first, app, { error: 'task: non-zero exit (1)', exitCode: 1 });
    });
    swarm.at(13, () => swarm.enter(second, 'running', { desiredState: 'running' }));
    swarm.at(15, () => {
      third = swarm.replace(second, app, { error: 'task: non-zero exit (1)', exitCode: 1 });
    });
    swarm.at(20, () => swarm.enter(third, 'running', { desiredState: 'running' }));
    expect((await one()).kind).toBe('converged');
    // The window of the last one.
    expect(clock.elapsed()).toBeGreaterThanOrEqual(28_000);
    expect(clock.elapsed()).toBeLessThan(90_000);
  });

  describe('takes the monitor window alone where the task’s log is open', () => {
    /** The last line, and no end before `endsAt` (ms of the test) or the reader's. */
    const open = (clock: VirtualClock, text: string, endsAt = Infinity) =>
      async function* ({ follow, tail, signal }: LogOptions) {
        if (follow !== true || tail !== 1) return;
        if (text !== '') yield* lines([text]);
        while (clock.elapsed() < endsAt && signal?.aborted !== true)
          await clock.sleep(Math.min(500, endsAt - clock.elapsed()), signal).catch(() => undefined);
      };

    test('and news of its end would come at once', async () => {
      const { clock, swarm, one } = setUp();
      swarm.logs.set(swarm.task(swarm.service('app')).id, open(clock, 'ready'));
      expect((await one()).kind).toBe('converged');
      expect(clock.elapsed()).toBeGreaterThanOrEqual(5_500);
      expect(clock.elapsed()).toBeLessThan(7_000);
    });

    test('not where it said nothing, though it is open', async () => {
      const { clock, swarm, one } = setUp();
      swarm.logs.set(swarm.task(swarm.service('app')).id, open(clock, ''));
      expect((await one()).kind).toBe('converged');
      expect(clock.elapsed()).toBeGreaterThanOrEqual(8_000);
    });

    test('and not where it ended in the window: the report of that may still come', async () => {
      const { clock, swarm, one } = setUp();
      const app = swarm.service('app');
      const first = swarm.task(app);
      swarm.logs.set(first.id, open(clock, 'ready', 4_900));
      let second: SwarmTask;
      swarm.at(7.5, () => {
        second = swarm.replace(first, app, { error: 'task: non-zero exit (1)', exitCode: 1 });
      });
      swarm.at(12.5, () => swarm.enter(second, 'running', { desiredState: 'running' }));
      expect((await one()).kind).toBe('converged');
      expect(clock.elapsed()).toBeGreaterThanOrEqual(20_000);
    });

    test('ends all reading with the wait', async () => {
      const { clock, swarm, one } = setUp();
      const signals: (AbortSignal | undefined)[] = [];
      const log = open(clock, 'ready');
      swarm.logs.set(swarm.task(swarm.service('app')).id, (options) => {
        signals.push(options.signal);
        return log(options);
      });
      await one();
      expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
    });
  });

  test('is immediate for a service that was left alone and has long run by the managers\u2019 clock', async () => {
    const { clock, swarm, wait } = setUp();
    const [app, young, written] = ['app', 'young', 'written'].map((name) => swarm.service(name)) as [
      SwarmService,
      SwarmService,
      SwarmService,
    ];
    const since = (seconds: number) => ({ createdAt: clock.iso(-60_000), updatedAt: clock.iso(-1000 * seconds) });
    swarm.task(app, since(20));
    expect((await wait({ before: [app], only: ['app'] })).map(({ kind }) => kind)).toEqual(['converged']);
    expect(clock.elapsed()).toBe(0);
    // One that has run for three seconds, whatever its node says, and one that was written to since.
    swarm.task(young, { ...since(3), stateAt: '2020-01-01T00:00:00Z' });
    await wait({ before: [app, young], only: ['young'] });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(5_000);
    expect(clock.elapsed()).toBeLessThan(8_000);
    const before = clock.elapsed();
    swarm.task(written, since(600));
    await wait({ before: [{ ...written, version: written.version - 1 }], only: ['written'] });
    expect(clock.elapsed() - before).toBeGreaterThanOrEqual(8_000);
  });

  describe('is not there while a former task still stops in the same place', () => {
    const ALONE = { TaskTemplate: { ContainerSpec: { Hostname: 'app' } } };
    const grace = { spec: { ContainerSpec: { Hostname: 'app', StopGracePeriod: 7200e9 } } };
    const stopping = { image: 'old', desiredState: 'shutdown', ...grace } as const;

    test('which is told, and ends the wait at its deadline', async () => {
      const { swarm, clock, one } = setUp();
      const app = swarm.service('app', { spec: ALONE });
      const old = swarm.task(app, stopping);
      swarm.task(app);
      const told: string[] = [];
      const late = await one({ timeoutMs: 60_000, onProgress: ([now]) => told.push(now?.phase ?? '') });
      expect(late).toMatchObject({
        kind: 'deadline',
        hints: expect.arrayContaining(['give it longer with --timeout']),
      });
      expect(late.text).toContain('1 of 1 running; running, but its former task still stops on node1');
      expect(told.at(-1)).toBe('running, but its former task still stops on node1, which may take up to 2 h');
      swarm.at(120, () => swarm.enter(old, 'shutdown'));
      expect((await one()).kind).toBe('converged');
      expect(clock.elapsed()).toBeGreaterThanOrEqual(120_000);
      expect(clock.elapsed()).toBeLessThan(124_000);
    });

    test('be it one of a service that was removed', async () => {
      const { swarm, clock, wait } = setUp();
      const [app, gone] = [swarm.service('app', { spec: ALONE }), swarm.service('gone')];
      swarm.services = [app];
      const old = swarm.task(gone, { ...stopping, desiredState: 'remove' });
      swarm.task(app);
      swarm.at(60, () => swarm.enter(old, 'shutdown'));
      expect((await wait()).map(({ kind }) => kind)).toEqual(['converged']);
      expect(clock.elapsed()).toBeGreaterThanOrEqual(60_000);
    });

    describe('which an update before this deployment left behind', () => {
      /** The service and its task are an hour old. */
      const left = (change: { successor?: Partial<SwarmTask> } = {}) => {
        const all = setUp();
        const app = all.swarm.service('app', { spec: ALONE });
        const gone = { ...app, id: 'sid-gone', name: 'prod_gone' };
        const hourAgo = all.swarm.iso(-3_600_000);
        const old = all.swarm.task(app, { ...stopping, createdAt: all.swarm.iso(-7_200_000) });
        all.swarm.task(app, { createdAt: hourAgo, stateAt: hourAgo, ...change.successor });
        const warnings: string[] = [];
        const deploying = (services: SwarmService[], more: Partial<ConvergeOptions> = {}) =>
          all.one({
            ...{ timeoutMs: 60_000, before: services, onWarning: (text) => void warnings.push(text) },
            ...{ start: { services, at: all.clock.now() - 60_000 }, ...more },
          });
        return { ...all, app, gone, old, warnings, deploying };
      };

      test('it is told once and not waited for, if the deployment does not touch the service', async () => {
        const { clock, app, warnings, deploying } = left();
        expect(await deploying([app])).toMatchObject({ kind: 'converged' });
        expect(clock.elapsed()).toBeLessThan(15_000);
        expect(warnings).toEqual([
          'app: its former task still stops on node1, which may take up to 2 h; an update before this deployment left ' +
            'it behind, and it is not waited for',
        ]);
      });

      test('nor if it is of a service that was removed before', async () => {
        const { app, gone, old, deploying } = left();
        Object.assign(old, { serviceId: gone.id, desiredState: 'remove' });
        expect(await deploying([app])).toMatchObject({ kind: 'converged' });
        expect(await deploying([app, gone]), 'by this deployment').toMatchObject({ kind: 'deadline' });
      });

      test('it is waited for if the deployment wrote to the service, or started its task', async () => {
        const touched = left();
        expect(await touched.deploying([{ ...touched.app, version: 9 }])).toMatchObject({ kind: 'deadline' });
        const created = left();
        expect(await created.deploying([])).toMatchObject({ kind: 'deadline' });
        // A label that moved: the service itself is as it was.
        const moved = left({ successor: { createdAt: created.swarm.iso(-30_000) } });
        expect(await moved.deploying([moved.app])).toMatchObject({ kind: 'deadline' });
        expect([touched.warnings, created.warnings, moved.warnings]).toEqual([[], [], []]);
      });

      test('it is waited for by who does not say when it began', async () => {
        const { app, warnings, deploying } = left();
        expect(await deploying([app], { start: undefined })).toMatchObject({ kind: 'deadline' });
        expect(warnings).toEqual([]);
      });
    });

    test.each<[string, Partial<SwarmService>, Partial<SwarmTask>]>([
      ['is on a node that is down', {}, { nodeId: 'id-node2' }],
      ['is of another place', {}, { slot: 2 }],
      ['is of another service', {}, { serviceId: 'sid-other' }],
      ['may run beside the new one', { spec: { ...ALONE, UpdateConfig: { Order: 'start-first' } } }, {}],
      ['has nothing of its own', { spec: { TaskTemplate: {} } }, {}],
      ['has ended', {}, { state: 'shutdown' }],
    ])('but not if it %s', async (_what, service, task) => {
      const { swarm, clock, wait } = setUp();
      swarm.nodes[1]!.state = 'down';
      const app = swarm.service('app', { spec: ALONE, ...service });
      const other = swarm.service('other');
      swarm.task(app, { ...stopping, ...task });
      swarm.task(app);
      swarm.task(other);
      expect((await wait()).map(({ kind }) => kind)).toEqual(['converged', 'converged']);
      expect(clock.elapsed()).toBeLessThan(10_000);
    });
  });

  test('is immediate for no replicas', async () => {
    const { clock, swarm, one } = setUp();
    swarm.service('app', { replicas: 0 });
    expect((await one()).kind).toBe('converged');
    expect(clock.elapsed()).toBe(0);
  });

  test('starts its window anew when a task is replaced while we watch', async () => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app');
    const first = swarm.task(app);
    let second: SwarmTask;
    swarm.at(7, () => {
      second = swarm.replace(first, app, { error: 'task: non-zero exit (1)', exitCode: 1 });
    });
    swarm.at(10, () => swarm.enter(second, 'running', { desiredState: 'running' }));
    expect((await one()).kind).toBe('converged');
    expect(clock.elapsed()).toBeGreaterThanOrEqual(18_000);
  });

  test('starts its window anew when tasks are replaced between two looks', async () => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app');
    const first = swarm.task(app);
    swarm.at(7.9, () => {
      swarm.enter(first, 'failed', { desiredState: 'shutdown' });
      swarm.task(app);
    });
    expect((await one()).kind).toBe('converged');
    expect(clock.elapsed()).toBeGreaterThanOrEqual(15_900);
  });

  test('waits for a service that converged first and failed later', async () => {
    const { clock, swarm, wait } = setUp();
    const quick = swarm.service('quick');
    const slow = swarm.service('slow');
    const first = swarm.task(quick);
    const other = swarm.task(slow, { state: 'preparing' });
    swarm.at(12, () => {
      swarm.replace(first, quick, { exitCode: 1 });
    });
    swarm.at(20, () => swarm.enter(other, 'running'));
    swarm.at(30, () =>
      swarm.enter(
        swarm.tasks.find((task) => task.serviceId === quick.id)!,
        'running',
        { desiredState: 'running' },
      ),
    );
    expect((await wait()).map((outcome) => outcome.kind)).toEqual(['converged', 'converged']);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(38_000);
  });

  test('does not count the previous version\u2019s tasks', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.task(app, { image: 'old' });
    expect(await one({ timeoutMs: 20_000 })).toMatchObject({
      kind: 'deadline',
      text: expect.stringContaining('0 of 1 running'),
    });
  });

  test('does not count tasks on a node that does not answer', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.task(app, { nodeId: 'id-node2' });
    swarm.at(4, () => {
      swarm.nodes[1]!.state = 'down';
    });
    expect(await one({ timeoutMs: 20_000 })).toMatchObject({
      kind: 'deadline',
      text: expect.stringContaining('on a node that does not answer'),
    });
  });

  test('is never seen where tasks die after four seconds, though their node reports it two seconds late', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.flap(app, 1, 6, { error: 'task: non-zero exit (3)', exitCode: 3 });
    const outcome = await one();
    expect(outcome).toMatchObject({ kind: 'crash-loop', node: 'node1' });
    expect(outcome.text).toContain('3 times in a row');
    expect(outcome.text).toContain('(3)');
  });

  test('watches longer where the node took long to start the container', async () => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app');
    const task = swarm.task(app, { state: 'starting' });
    swarm.at(2, () => swarm.enter(task, 'running'));
    expect((await one()).kind).toBe('converged');
    expect(clock.elapsed()).toBeGreaterThanOrEqual(13_000);
  });

  test('needs every eligible node for a global service', async () => {
    const { clock, swarm, one } = setUp(['node1', 'node2', 'node3']);
    swarm.nodes[2]!.availability = 'drain';
    const app = swarm.service('app', { mode: { kind: 'global', replicas: 0 } });
    swarm.task(app, { nodeId: 'id-node1' });
    swarm.at(7, () => {
      swarm.task(app, { nodeId: 'id-node2' });
    });
    expect(await one()).toMatchObject({ kind: 'converged', text: expect.stringContaining('2 of 2') });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(15_000);
  });

  test.each<[string, Partial<SwarmNode>, Partial<SwarmTask>[], string]>([
    ['that a paused node keeps', { availability: 'pause' }, [{}], '3 of 3'],
    ['that a paused node does not have', { availability: 'pause' }, [], '2 of 2'],
    ['that a drained node ends', { availability: 'drain' }, [{ desiredState: 'shutdown' }], '2 of 2'],
  ])('of a global service counts the task %s', async (_what, third, tasks, text) => {
    const { clock, swarm, one } = setUp(['node1', 'node2', 'node3']);
    Object.assign(swarm.nodes[2]!, third);
    const app = swarm.service('app', { mode: { kind: 'global', replicas: 0 } });
    for (const nodeId of ['id-node1', 'id-node2']) swarm.task(app, { nodeId });
    for (const change of tasks) swarm.task(app, { nodeId: 'id-node3', ...change });
    expect(await one()).toMatchObject({ kind: 'converged', text: expect.stringContaining(text) });
    expect(clock.elapsed()).toBeLessThan(60_000);
  });

  test('of a global service tells that a paused node lost its task and takes no other', async () => {
    const { swarm, one } = setUp();
    swarm.nodes[1]!.availability = 'pause';
    const app = swarm.service('app', { mode: { kind: 'global', replicas: 0 } });
    swarm.task(app);
    swarm.task(app, { ...lost('1 node not available for new tasks'), nodeId: 'id-node2' });
    expect(await one()).toMatchObject({ kind: 'unplaceable', text: expect.stringContaining('node2 is set to pause') });
  });

  test.each<[string, Partial<SwarmNode>]>([
    ['paused', { availability: 'pause' }],
    ['drained', { availability: 'drain' }],
    ['lost', { state: 'down' }],
  ])('of a job on each node waits for the others, where a node that was done is %s', async (_what, first) => {
    const { clock, swarm, one } = setUp(['node1', 'node2', 'node3']);
    Object.assign(swarm.nodes[0]!, first);
    const job = swarm.service('job', { mode: { kind: 'global-job', replicas: 0 } });
    for (const nodeId of ['id-node1', 'id-node2'])
      swarm.task(job, { nodeId, state: 'complete', desiredState: 'complete' });
    const third = swarm.task(job, { nodeId: 'id-node3', desiredState: 'complete' });
    swarm.at(9, () => swarm.enter(third, 'complete'));
    expect(await one()).toMatchObject({ kind: 'converged', text: '3 of 3 complete' });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(9_000);
  });

  test('counts what a job has completed', async () => {
    const { swarm, one } = setUp();
    const job = swarm.service('job', { mode: { kind: 'replicated-job', replicas: 2 } });
    const { slot: _slot, ...zero } = swarm.task(job, { state: 'complete' });
    swarm.tasks = [zero];
    const second = swarm.task(job, { slot: 1, state: 'running' });
    swarm.at(9, () => swarm.enter(second, 'complete'));
    expect(await one()).toMatchObject({ kind: 'converged', text: '2 of 2 complete' });
  });

  test('ignores a rollback that ended before this deployment', async () => {
    const { swarm, one } = setUp();
    const updateStatus = {
      state: 'rollback_completed',
      message: 'rollback completed',
      startedAt: '2025-01-01T00:00:00Z',
      completedAt: '2025-01-01T00:00:09Z',
    };
    const app = swarm.service('app', { updateStatus });
    swarm.task(app);
    expect((await one({ before: [app] })).kind).toBe('converged');
    expect((await one()).kind).toBe('rolled-back');
  });
});

describe('failure', () => {
  test('a rollback, with the task that caused it', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    const old = swarm.task(app);
    const bad = swarm.task(app, {
      state: 'failed',
      desiredState: 'shutdown',
      error: 'task: non-zero exit (4)',
      exitCode: 4,
      nodeId: 'id-node2',
      image: 'old',
    });
    old.createdAt = swarm.clock.iso(-60_000);
    swarm.logs.set(bad.id, () => lines(['cannot open the store, password hunter22']));
    app.updateStatus = {
      state: 'rollback_started',
      message: `update rolled back due to failure or early termination of task ${bad.id}`,
    };
    swarm.at(5, () => {
      app.updateStatus = { state: 'rollback_completed', message: 'rollback completed' };
    });
    const outcome = await one();
    expect(outcome).toMatchObject({
      kind: 'rolled-back',
      node: 'node2',
      task: bad.id,
      logLines: ['cannot open the store, password [redacted]'],
    });
    expect(outcome.text).toContain('non-zero exit (4)');
    expect(outcome.text).toContain('early termination');
  });

  test('a paused update', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app', {
      updateStatus: { state: 'paused', message: 'update paused due to failure or early termination of task t001' },
    });
    swarm.task(app, { state: 'failed', desiredState: 'shutdown', error: 'task: non-zero exit (1)', exitCode: 1 });
    expect(await one()).toMatchObject({ kind: 'update-paused', task: 't001' });
  });

  test('a failed start that swarm heals: the paused update is taken up again once, and the failure is a warning', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app', { replicas: 2 });
    const old = swarm.task(app, { slot: 2, image: 'old' });
    const first = swarm.task(app, { slot: 1, state: 'starting' });
    swarm.at(1, () => {
      const next = swarm.replace(first, app, { error: 'task: non-zero exit (1): hunter22', exitCode: 1 });
      app.updateStatus = {
        state: 'paused',
        message: `update paused due to failure or early termination of task ${first.id}`,
      };
      swarm.at(6, () => swarm.enter(next, 'running', { desiredState: 'running' }));
    });
    swarm.resumed = () => {
      swarm.enter(old, 'shutdown', { desiredState: 'shutdown' });
      swarm.task(app, { slot: 2 });
    };
    const told: string[] = [];
    expect(await one({ onWarning: (text) => told.push(text) })).toMatchObject({ kind: 'converged' });
    expect(told).toEqual([
      expect.stringMatching(
        /^app: the swarm paused the update.*t002; task: non-zero exit \(1\): \[redacted\].*taken up again$/,
      ),
    ]);
    expect(swarm.calls.filter((call) => call === 'resume')).toHaveLength(1);
  });

  test('failed starts of several services at once, which swarm heals: each is a warning', async () => {
    const { swarm, wait } = setUp();
    const services = ['a', 'b', 'c'].map((name) => swarm.service(name, { replicas: 2 }));
    for (const service of services) {
      const old = swarm.task(service, { slot: 2, image: 'old' });
      const first = swarm.task(service, { slot: 1, state: 'starting' });
      swarm.at(1, () => {
        const next = swarm.replace(first, service, { error: 'task: non-zero exit (1)', exitCode: 1 });
        service.updateStatus = {
          state: 'paused',
          message: `update paused due to failure or early termination of task ${first.id}`,
        };
        swarm.at(6, () => swarm.enter(next, 'running', { desiredState: 'running' }));
      });
      swarm.at(30, () => {
        swarm.enter(old, 'shutdown', { desiredState: 'shutdown' });
        swarm.task(service, { slot: 2 });
      });
    }
    const told: string[] = [];
    expect((await wait({ onWarning: (text) => told.push(text) })).map(({ kind }) => kind)).toEqual([
      'converged',
      'converged',
      'converged',
    ]);
    expect(told.map((text) => text.split(':')[0]).sort()).toEqual(['a', 'b', 'c']);
    expect(swarm.calls.filter((call) => call === 'resume')).toHaveLength(3);
  });

  test('one that fails twice is a failure, and the same command again goes through', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    const first = swarm.task(app, { state: 'starting' });
    const fault = { error: 'task: non-zero exit (1)', exitCode: 1 };
    swarm.at(1, () => {
      const second = swarm.replace(first, app, fault);
      app.updateStatus = {
        state: 'paused',
        message: `update paused due to failure or early termination of task ${first.id}`,
        startedAt: '2026-01-01T00:00:00Z',
      };
      swarm.at(6, () => {
        const third = swarm.replace(second, app, fault);
        swarm.at(12, () => swarm.enter(third, 'running', { desiredState: 'running' }));
      });
    });
    expect(await one()).toMatchObject({ kind: 'update-paused' });
    expect(await one({ before: [{ ...app }] })).toMatchObject({ kind: 'converged' });
  });

  describe('one of a service that ends quickly while what it needs restarts with it', () => {
    const GRACE_SECONDS = 180;
    /**
     * @param storeRunsAt second from which its store runs; it has no health check and gets 38 s more to serve
     * @param ends of the service, one each seven seconds from the third on; then its task stays
     */
    const restarting = (storeRunsAt: number, ends: number, before: 'now' | 'before' = 'now') => {
      const { clock, swarm, wait } = setUp();
      const app = swarm.service('app');
      const store = swarm.task(swarm.service('store'), { state: 'preparing', createdAt: clock.iso(-100_000) });
      if (storeRunsAt < 0) swarm.enter(store, 'running', { updatedAt: clock.iso(storeRunsAt * 1000) });
      else swarm.at(storeRunsAt, () => swarm.enter(store, 'running'));
      swarm.flap(app, 1, 2, { error: 'task: non-zero exit (1)', exitCode: 1 }, ends);
      const last = 1 + ends * 7;
      swarm.at(last, () => swarm.enter(swarm.tasks[0]!, 'running', { desiredState: 'running' }));
      const pause = () => {
        const message = 'update paused due to failure or early termination of task t002';
        app.updateStatus = { state: 'paused', message, startedAt: clock.iso(before === 'now' ? 0 : -60_000) };
      };
      if (before === 'before') pause();
      else swarm.at(3, pause);
      const told: string[] = [];
      return async (needs?: string[]) => {
        const outcomes = await wait({
          expectations: [{ service: 'app', startGraceSeconds: GRACE_SECONDS, ...(needs && { needs }) }],
          onWarning: (text) => told.push(text),
          ...(before === 'before' && { before: [structuredClone(app)] }),
        });
        return {
          kind: outcomes.find(({ service }) => service === 'app')?.kind,
          told: told.filter((text) => text.startsWith('app:')).length,
          seconds: clock.elapsed() / 1000,
        };
      };
    };

    test.each(['now', 'before'] as const)('waits for that and is a warning, paused %s', async (before) => {
      const { kind, told, seconds } = await restarting(60, 14, before)(['store']);
      expect([kind, told]).toEqual(['converged', 1]);
      expect(seconds).toBeGreaterThan(100);
    });

    test('fails at its second end if what it needs runs', async () => {
      const { kind, seconds } = await restarting(-60, 14)(['store']);
      expect(kind).toBe('update-paused');
      expect(seconds).toBeLessThan(20);
    });

    test.each([[[] as string[]], [undefined]])('fails at its second end if it needs %j', async (needs) => {
      const { kind, seconds } = await restarting(60, 14)(needs);
      expect(kind).toBe('update-paused');
      // The store is given ten seconds more to be told of, too.
      expect(seconds).toBeLessThan(25);
    });

    test('fails if it goes on with it once that runs', async () => {
      const { kind, seconds } = await restarting(60, 60)(['store']);
      expect(kind).toBe('update-paused');
      // Two tasks that were made from second 98 on must end.
      expect(seconds).toBeGreaterThan(105);
      expect(seconds).toBeLessThan(125);
    });

    test('fails with its start grace if that does not come to run', async () => {
      const { kind, seconds } = await restarting(500, 60)(['store']);
      expect(kind).toBe('update-paused');
      expect(seconds).toBeGreaterThanOrEqual(GRACE_SECONDS);
      expect(seconds).toBeLessThan(GRACE_SECONDS + 15);
    });
  });

  test('a second pause is a failure', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app', {
      replicas: 2,
      updateStatus: { state: 'paused', message: 'update paused due to failure or early termination of task t002' },
    });
    swarm.task(app, { slot: 2, image: 'old' });
    swarm.task(app, { slot: 1 });
    swarm.resumed = () => {
      swarm.task(app, {
        slot: 2,
        state: 'failed',
        desiredState: 'shutdown',
        exitCode: 4,
        error: 'task: non-zero exit (4)',
      });
      app.updateStatus = { state: 'paused', message: 'update paused due to failure or early termination of task t003' };
    };
    expect(await one()).toMatchObject({ kind: 'update-paused', task: 't003', text: expect.stringContaining('(4)') });
  });

  test('one whose only task runs by now is nothing to take up again', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app', {
      updateStatus: { state: 'paused', message: 'update paused due to failure or early termination of task t001' },
    });
    const first = swarm.task(app, { state: 'starting' });
    swarm.at(1, () => {
      const next = swarm.replace(first, app, {
        state: 'rejected',
        error: 'invalid mount config for type "bind": device or resource busy',
      });
      swarm.at(6, () => swarm.enter(next, 'running', { desiredState: 'running' }));
    });
    const told: string[] = [];
    expect(await one({ onWarning: (text) => told.push(text) })).toMatchObject({ kind: 'converged' });
    expect(told).toHaveLength(1);
    expect(swarm.calls).not.toContain('resume');
  });

  test('one whose task fails again', async () => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app', {
      updateStatus: { state: 'paused', message: 'update paused due to failure or early termination of task t001' },
    });
    swarm.flap(app, 1, 3, { exitCode: 9, error: 'task: non-zero exit (9)' });
    expect(await one()).toMatchObject({ kind: 'update-paused', text: expect.stringContaining('(9)') });
    expect(clock.elapsed()).toBeLessThan(15_000);
  });

  test('an update that was paused before this deployment, and whose tasks run by now', async () => {
    const { swarm, one } = setUp();
    const updateStatus = {
      state: 'paused',
      message: 'update paused due to failure or early termination of task t001',
      startedAt: '2026-01-01T00:00:00Z',
    };
    const app = swarm.service('app', { updateStatus });
    swarm.task(app, { state: 'running', desiredState: 'running' });
    expect(await one({ before: [{ ...app }] })).toMatchObject({ kind: 'converged' });
    expect(await one({ before: [] }), 'paused by this very deployment').toMatchObject({ kind: 'converged' });
  });

  test('one that was paused before, and whose task swarm is about to start again', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app', {
      updateStatus: {
        state: 'paused',
        message:
          'update paused due to failure or early termination of task t001; assigned node no longer meets constraints',
      },
    });
    const task = swarm.task(app, { state: 'ready', desiredState: 'ready' });
    swarm.at(6, () => swarm.enter(task, 'running', { desiredState: 'running' }));
    expect(await one({ before: [{ ...app }] })).toMatchObject({ kind: 'converged' });
  });

  test('one that was paused before, with a task of the former version still there: taken up again, once', async () => {
    const { swarm, one } = setUp();
    swarm.resumed = () => {
      swarm.task(app, { slot: 2 });
    };
    const app = swarm.service('app', {
      mode: { kind: 'replicated', replicas: 2 },
      updateStatus: { state: 'paused', message: 'update paused' },
    });
    swarm.task(app, { state: 'running', desiredState: 'running' });
    expect(await one({ before: [{ ...app }] })).toMatchObject({ kind: 'converged' });
    expect(swarm.calls).toContain('resume');
  });

  test('constraints that no node meets, node by node', async () => {
    const { clock, swarm, one } = setUp();
    swarm.nodes[0]!.labels = { disk: 'hdd' };
    const app = swarm.service('app', { spec: constrained('node.labels.disk==ssd') });
    swarm.task(app, lost('scheduling constraints not satisfied on 2 nodes'));
    const outcome = await one();
    expect(outcome.kind).toBe('unplaceable');
    expect(outcome.text).toContain(
      'node1 lacks node.labels.disk==ssd (is "hdd"); node2 lacks node.labels.disk==ssd (not set)',
    );
    expect(clock.elapsed()).toBeLessThan(8_000);
  });

  test('not a task that finds no node for a moment', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    const task = swarm.task(app, lost('insufficient resources on 2 nodes'));
    swarm.at(3, () => swarm.enter(task, 'running', { nodeId: 'id-node1', error: '' }));
    expect((await one()).kind).toBe('converged');
  });

  test('a host port that another service holds, by name', async () => {
    const { swarm, one } = setUp();
    const port = { protocol: 'tcp', target: 80, published: 8080, mode: 'host' } as const;
    const app = swarm.service('app', { ports: [port] });
    const other = swarm.service('other', { ports: [port], name: 'shop_web' });
    swarm.task(other);
    swarm.task(app, lost('host-mode port already in use on 2 nodes'));
    expect(await one({ only: ['app'] })).toMatchObject({
      kind: 'port-conflict',
      text: expect.stringContaining('node1 has its port 8080/tcp taken by service shop_web'),
    });
  });

  test('not a host port that its own predecessor is about to free, however long its grace', async () => {
    const { clock, swarm, one } = setUp();
    const port = { protocol: 'tcp', target: 80, published: 8080, mode: 'host' } as const;
    const app = swarm.service('app', { ports: [port] });
    const old = swarm.task(app, { desiredState: 'shutdown', image: 'old' });
    const task = swarm.task(
      app,
      lost('host-mode port already in use on 1 node; scheduling constraints not satisfied on 1 node'),
    );
    swarm.at(100, () => {
      swarm.enter(old, 'shutdown');
      swarm.enter(task, 'running', { nodeId: 'id-node1', error: '' });
    });
    expect((await one()).kind).toBe('converged');
    expect(clock.elapsed()).toBeGreaterThan(100_000);
  });

  test('a node that is lost', async () => {
    const { swarm, one } = setUp();
    swarm.nodes[1]!.state = 'down';
    const app = swarm.service('app', { spec: constrained('node.hostname==node2') });
    swarm.task(app, lost('1 node not available for new tasks; scheduling constraints not satisfied on 1 node'));
    expect(await one()).toMatchObject({
      kind: 'node-lost',
      text: expect.stringContaining('node2 is down') as string,
      // Swarm may keep a node for down though its Docker runs.
      hints: [expect.stringContaining('start node2 again (where Docker runs, restart it)') as string],
    });
  });

  test('a node that is not heard of for half a minute after an election is none that is lost', async () => {
    const { clock, swarm, one } = setUp();
    swarm.nodes[1]!.state = 'unknown';
    const app = swarm.service('app', { spec: constrained('node.hostname==node2') });
    const task = swarm.task(
      app,
      lost('1 node not available for new tasks; scheduling constraints not satisfied on 1 node'),
    );
    swarm.at(28, () => {
      swarm.nodes[1]!.state = 'ready';
      swarm.enter(task, 'running', { nodeId: 'id-node2', error: '' });
    });
    expect((await one()).kind).toBe('converged');
    expect(clock.elapsed()).toBeGreaterThan(28_000);
  });

  test('a global service that no node suits', async () => {
    const { swarm, one } = setUp();
    swarm.service('app', { mode: { kind: 'global', replicas: 0 }, spec: constrained('node.role==king') });
    expect(await one()).toMatchObject({ kind: 'unplaceable', text: expect.stringContaining('no node is eligible') });
  });

  test('an image that does not exist, at once when the registry says so', async () => {
    const { clock, swarm, one } = setUp();
    swarm.registry.set('app:1', 'find image app:1 in its registry: manifest unknown');
    const app = swarm.service('app');
    const task = swarm.task(app, { state: 'preparing' });
    swarm.at(2, () => {
      swarm.replace(task, app, { state: 'rejected', error: 'No such image: app:1' });
      swarm.enter(task, 'rejected');
    });
    const outcome = await one({ expectations: [{ service: 'app', startGraceSeconds: 900 }] });
    expect(outcome).toMatchObject({ kind: 'image', text: expect.stringContaining('manifest unknown') });
    expect(clock.elapsed()).toBeLessThan(5_000);
  });

  test('an image that nodes cannot pull, after three tries', async () => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.flap(app, 1, 0.1, { error: 'No such image: app:1' });
    expect(await one({ expectations: [{ service: 'app', startGraceSeconds: 900 }] })).toMatchObject({
      kind: 'image',
      text: expect.stringMatching(/the registry has it for this engine, so .* access, a log-in, or room on its disk$/),
      hints: [
        expect.stringMatching(
          /^on \S+: docker pull app:1 says which; .* then `docker service update --with-registry-auth prod_app`, which/,
        ),
      ],
    });
    expect(clock.elapsed()).toBeLessThan(15_000);
  });

  test.each([
    [
      [{ os: 'linux', architecture: 'arm64' }],
      /engine, but node\d is linux\/x86_64, and its image is for linux\/arm64$/,
    ],
    [
      [{ os: 'windows', architecture: 'amd64' }],
      /engine, but node\d is linux\/x86_64, and its image is for windows\/amd64$/,
    ],
    // `arm` is matched to no node's word, and x86_64 is amd64.
    [[{ os: 'linux', architecture: 'arm' }], /access, a log-in, or room on its disk$/],
    [
      [
        { os: 'linux', architecture: 'arm64' },
        { os: 'linux', architecture: 'amd64' },
      ],
      /access, a log-in, or room on its disk$/,
    ],
  ])('an image for %j on a node of linux/x86_64', async (platforms, text) => {
    const { swarm, one } = setUp();
    swarm.platforms = platforms;
    swarm.flap(swarm.service('app'), 1, 0.1, { error: 'No such image: app:1' });
    expect(await one()).toMatchObject({ kind: 'image', text: expect.stringMatching(text) });
  });

  describe('of tasks that could not start before this wait', () => {
    const error = 'No such image: app:1';
    const before = () => {
      const { clock, swarm, one } = setUp();
      const app = swarm.service('app', { createdAt: clock.iso(-60_000) });
      for (const at of [-30_000, -20_000, -10_000]) {
        const [createdAt, stateAt] = [clock.iso(at), clock.iso(at + 5_000)];
        swarm.task(app, { state: 'rejected', desiredState: 'shutdown', error, createdAt, stateAt });
      }
      const there = swarm.task(app, { state: 'preparing' });
      swarm.at(2, () => swarm.replace(there, app, { state: 'rejected', error }));
      return { clock, swarm, app, one };
    };

    test('the next one may, if the cause was mended: not that which was there already', async () => {
      const { swarm, one } = before();
      swarm.at(7, () => swarm.enter(swarm.tasks[0]!, 'running', { desiredState: 'running' }));
      expect((await one()).kind).toBe('converged');
    });

    test('the first that is made meanwhile says that it was not', async () => {
      const { clock, swarm, app, one } = before();
      swarm.at(8, () => swarm.replace(swarm.tasks[0]!, app, { state: 'rejected', error }));
      expect(await one()).toMatchObject({ kind: 'image', task: 't005' });
      expect(clock.elapsed()).toBeLessThan(10_000);
    });
  });

  test('a log-in that has expired, with the command that gives nodes a new one', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.flap(app, 1, 0.1, { error: 'denied: Your authorization token has expired. Reauthenticate and try again.' });
    expect(await one()).toMatchObject({
      kind: 'image',
      hints: [
        'check the image name; if it is right, log in to its registry on this machine (docker login), then ' +
          '`docker service update --with-registry-auth prod_app`, which restarts nothing that runs',
      ],
    });
  });

  test('of a node that says why it cannot pull, nothing else is guessed', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.flap(app, 1, 0.1, { error: 'pulling image failed: x509: certificate signed by unknown authority' });
    expect(await one({ expectations: [{ service: 'app', startGraceSeconds: 900 }] })).toMatchObject({
      kind: 'image',
      text: expect.stringMatching(/the registry has it for this engine$/),
      hints: [expect.stringContaining('does not trust the registry')],
    });
  });

  test.each([
    [
      'port-taken',
      'starting container failed: driver failed programming external connectivity: listen tcp4 0.0.0.0:80: ' +
        'bind: address already in use',
    ],
    ['bind-source', 'invalid mount config for type "bind": bind source path does not exist: /data'],
    ['secret-missing', 'secret reference abc not found'],
    [
      'start-error',
      'starting container failed: OCI runtime create failed: unable to start container process: exec: "x": ' +
        'executable file not found in $PATH: unknown',
    ],
  ] as const)('%s, in spite of the start grace', async (kind, error) => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app', { ports: [{ protocol: 'tcp', target: 80, published: 80, mode: 'host' }] });
    swarm.flap(app, 1, 0.1, { error });
    expect(await one({ expectations: [{ service: 'app', startGraceSeconds: 900 }] })).toMatchObject({
      kind,
      node: 'node1',
    });
    expect(clock.elapsed()).toBeLessThan(20_000);
  });

  test.each([
    ['it passes', 12, 'converged'],
    ['it lasts', 90, 'network'],
  ])('managers that are late with the addresses of a node: %s', async (_what, seconds, kind) => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app');
    const error = 'node is missing network attachments, ip addresses may be exhausted';
    let task = swarm.task(app, { state: 'preparing' });
    for (let second = 1; second < seconds; second += 1.5)
      swarm.at(second, () => (task = swarm.replace(task, app, { state: 'rejected', error })));
    swarm.at(seconds, () => swarm.enter(task, 'running', { desiredState: 'running' }));
    expect((await one()).kind).toBe(kind);
    expect(clock.elapsed()).toBeLessThan(60_000);
  });

  test('the same error with another container\u2019s id in it', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app', { ports: [{ protocol: 'tcp', target: 80, published: 80, mode: 'host' }] });
    swarm.flap(app, 1, 0.1, {});
    for (let second = 0; second < 60; second += 0.05) {
      swarm.at(second, () =>
        swarm.tasks.forEach((task, index) => {
          if (task.state === 'failed')
            task.error =
              `starting container failed: container ${String(index).repeat(64)}: listen tcp4 0.0.0.0:80: bind: ` +
              'address already in use';
        }),
      );
    }
    expect(await one({ expectations: [{ service: 'app', startGraceSeconds: 900 }] })).toMatchObject({
      kind: 'port-taken',
      text:
        'a port that the service publishes is taken on node1 by something outside the swarm: listen tcp4 ' +
        '0.0.0.0:80: bind: address already in use',
    });
  });

  test('an unhealthy container', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.flap(app, 1, 2, { error: 'task: non-zero exit (137): dockerexec: unhealthy container', exitCode: 137 });
    expect((await one()).kind).toBe('unhealthy');
  });

  test('an unhealthy container that ends politely', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    const spec = { ContainerSpec: { Healthcheck: { Test: ['CMD', 'false'] } } };
    let task = swarm.task(app, { state: 'starting', spec });
    for (const second of [3, 6, 9]) {
      swarm.at(second, () => {
        const next = swarm.replace(task, app, { state: 'complete', exitCode: 0 });
        swarm.enter(next, 'starting', { desiredState: 'running', spec });
        task = next;
      });
    }
    expect(await one()).toMatchObject({
      kind: 'unhealthy',
      text: expect.stringContaining('before its health check had passed once'),
    });
  });

  test('exit 137 with a memory limit', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.flap(app, 1, 2, {
      error: 'task: non-zero exit (137)',
      exitCode: 137,
      spec: { Resources: { Limits: { MemoryBytes: 64 * 2 ** 20 } } },
    });
    expect(await one()).toMatchObject({ kind: 'killed', text: expect.stringContaining('memory limit is 64 MiB') });
  });

  test('a program that ends with exit 0 again and again', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.flap(app, 1, 1, { state: 'complete', exitCode: 0 });
    expect(await one()).toMatchObject({ kind: 'crash-loop' });
  });

  test('a loop whose next task is always met while it runs', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    let task = swarm.task(app);
    for (const second of [2, 4, 6, 8])
      swarm.at(second, () => {
        task = swarm.replace(task, app, { exitCode: 9, error: 'task: non-zero exit (9)' });
        swarm.enter(task, 'running', { desiredState: 'running' });
      });
    expect(await one()).toMatchObject({ kind: 'crash-loop', text: expect.stringContaining('3 times in a row') });
  });

  test.each([
    ['four seconds by its node’s clock, and is reported late', 4, 'crash-loop'],
    ['four seconds, on a node whose clock was set back meanwhile', -3600, 'unstable'],
    ['long enough to have started well', 8.1, 'unstable'],
  ])('a program that lives %s', async (_what, lived, kind) => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app');
    let task = swarm.task(app, { state: 'starting' });
    for (const start of [1.05, 21.05, 41.05, 61.05, 81.05]) {
      swarm.at(start, () => swarm.enter(task, 'running', { desiredState: 'running' }));
      const stateAt = new Date(clock.start + (start + lived) * 1000).toISOString();
      swarm.at(start + 7.9, () => (task = swarm.replace(task, app, { exitCode: 9, error: 'exit (9)', stateAt })));
    }
    expect((await one()).kind).toBe(kind);
  });

  test('restarts before the start grace are none; three after it are', async () => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.flap(app, 1, 2, { error: 'task: non-zero exit (1)', exitCode: 1 });
    expect((await one({ expectations: [{ service: 'app', startGraceSeconds: 180 }] })).kind).toBe('crash-loop');
    expect(clock.elapsed()).toBeGreaterThan(180_000);
    expect(clock.elapsed()).toBeLessThan(210_000);
  });

  /** A service that ends two seconds after each start, and what it needs, which runs from the given second on. */
  const behindStore = (storeRunsAt: number, end: (round: number) => Partial<SwarmTask>) => {
    const { clock, swarm, wait } = setUp();
    const app = swarm.service('app');
    const store = swarm.task(swarm.service('store'), { state: 'preparing' });
    swarm.at(storeRunsAt, () => swarm.enter(store, 'running'));
    swarm.flap(app, 1, 2, {});
    for (let second = 0; second < 300; second += 0.2) {
      swarm.at(second, () =>
        swarm.tasks
          .filter(({ state, serviceId }) => state === 'failed' && serviceId === app.id)
          .reverse()
          .forEach((task, round) => Object.assign(task, end(round))),
      );
    }
    const expectations = (needs?: string[]) => [
      { service: 'app', startGraceSeconds: 180, ...(needs && { needs }) },
      { service: 'store', startGraceSeconds: 120, needs: [] },
    ];
    return {
      clock,
      wait: async (needs?: string[]) =>
        (await wait({ expectations: expectations(needs) })).find(({ service }) => service === 'app'),
    };
  };
  const always = (): Partial<SwarmTask> => ({ error: 'task: non-zero exit (1)', exitCode: 1 });

  test('a loop is told after the third end in the same words once all that it needs has run for a while', async () => {
    const { clock, wait } = behindStore(10, always);
    expect(await wait(['store'])).toMatchObject({ kind: 'crash-loop' });
    // The store has no health check: it gets 8 s and 30 s more to serve, and three ends take 21 s.
    expect(clock.elapsed()).toBeGreaterThan(48_000);
    expect(clock.elapsed()).toBeLessThan(90_000);
  });

  test('at the third one where it needs nothing', async () => {
    const { clock, wait } = behindStore(10, always);
    expect(await wait([])).toMatchObject({ kind: 'crash-loop', text: expect.stringContaining('3 times in a row') });
    expect(clock.elapsed()).toBeLessThan(35_000);
  });

  test.each<[string, number, (round: number) => Partial<SwarmTask>, string[] | undefined]>([
    ['the definition does not say what it needs', 10, always, undefined],
    ['what it needs does not run', 500, always, ['store']],
    ['what it needs is not there', 10, always, ['store', 'gone']],
    [
      'it ends otherwise each time',
      10,
      (round) => ({ error: `task: non-zero exit (${String(round % 2)})`, exitCode: round % 2 }),
      ['store'],
    ],
  ])('the grace holds where %s', async (_name, storeRunsAt, end, needs) => {
    const { clock, wait } = behindStore(storeRunsAt, end);
    await wait(needs);
    expect(clock.elapsed()).toBeGreaterThan(180_000);
  });

  test('not a service that comes up after it failed during its start grace', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.flap(app, 1, 2, { error: 'task: non-zero exit (1)', exitCode: 1 }, 10);
    swarm.at(80, () => swarm.enter(swarm.tasks[0]!, 'running', { desiredState: 'running' }));
    expect((await one({ expectations: [{ service: 'app', startGraceSeconds: 180 }] })).kind).toBe('converged');
  });

  test('not a service whose history of another day has failures', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    for (const minutes of [300, 299, 298]) {
      const at = swarm.clock.iso(-minutes * 60_000);
      swarm.task(app, { state: 'failed', desiredState: 'shutdown', createdAt: at, stateAt: at, exitCode: 1 });
    }
    const ran = swarm.task(app, { createdAt: swarm.clock.iso(-297 * 60_000) });
    swarm.at(2, () => {
      const next = swarm.replace(ran, app, { exitCode: 1 });
      swarm.at(8, () => swarm.enter(next, 'running', { desiredState: 'running' }));
    });
    expect((await one()).kind).toBe('converged');
  });

  test('a crash loop in a swarm that keeps no task history', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.flap(app, 1, 2, { exitCode: 1 });
    for (let second = 1; second < 100; second += 0.1)
      swarm.at(second, () => {
        swarm.tasks = swarm.tasks.filter((task) => task.state !== 'failed');
      });
    expect((await one()).kind).toBe('crash-loop');
  });

  /** A program that ended three times before the wait, after 25 s each, and runs again. */
  const loopBefore = () => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app', { createdAt: clock.iso(-3_600_000) });
    const end = { state: 'failed', desiredState: 'shutdown', exitCode: 3, error: 'task: non-zero exit (3)' } as const;
    for (const seconds of [-90, -60, -30]) {
      const stateAt = clock.iso((seconds + 30) * 1000);
      swarm.task(app, { ...end, createdAt: clock.iso(seconds * 1000), stateAt });
    }
    const task = swarm.task(app);
    for (const { id } of swarm.tasks) swarm.logs.set(id, () => lines(['heap is full, password hunter22']));
    const wait = (timeoutMs = 300_000) =>
      one({ expectations: [{ service: 'app', startGraceSeconds: 180 }], timeoutMs });
    return { clock, wait, endsAt: (second: number) => swarm.at(second, () => swarm.replace(task, app, end)) };
  };

  test('a slow crash loop that began before this wait, at its next end, with exit code and last lines', async () => {
    const { clock, wait, endsAt } = loopBefore();
    endsAt(20);
    const outcome = await wait();
    expect(outcome).toMatchObject({ kind: 'unstable', task: 't004', logLines: ['heap is full, password [redacted]'] });
    expect(outcome.text).toMatch(/ended 4 times within the last 80 s, the last time after \d+ s with exit code 3/);
    expect(clock.elapsed()).toBeLessThan(21_000);
  });

  test('at once, if the wait is too short to tell', async () => {
    const { clock, wait } = loopBefore();
    expect(await wait(40_000)).toMatchObject({ kind: 'unstable', task: 't003' });
    expect(clock.elapsed()).toBeLessThan(1_000);
  });

  test('not one whose cause was mended before: its task outlives those that ended', async () => {
    const { clock, wait } = loopBefore();
    expect((await wait()).kind).toBe('converged');
    expect(clock.elapsed()).toBeGreaterThanOrEqual(50_000);
    expect(clock.elapsed()).toBeLessThan(52_000);
  });

  test('a slow crash loop that begins while we watch another service', async () => {
    const { swarm, wait } = setUp();
    const app = swarm.service('app', { createdAt: swarm.clock.iso(-3_600_000) });
    swarm.flap(app, 1, 25, { exitCode: 3 });
    swarm.task(swarm.service('slow'), { state: 'preparing' });
    expect((await wait()).map(({ service, kind }) => [service, kind])).toEqual([
      ['app', 'unstable'],
      ['slow', 'unfinished'],
    ]);
  });

  test('not one that ended twice in its start grace, and then outlives both', async () => {
    const { clock, swarm, wait } = setUp();
    const app = swarm.service('app');
    const slow = swarm.task(swarm.service('slow'), { state: 'preparing' });
    swarm.at(52, () => swarm.enter(slow, 'running'));
    swarm.flap(app, 1, 20, { exitCode: 1 }, 2);
    swarm.at(51, () => swarm.enter(swarm.tasks[0]!, 'running', { desiredState: 'running' }));
    expect(
      (await wait({ expectations: [{ service: 'app', startGraceSeconds: 180 }] })).map(({ kind }) => kind),
    ).toEqual(['converged', 'converged']);
    expect(clock.elapsed()).toBeGreaterThan(85_000);
  });

  test('a task that the swarm does not start again', async () => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.task(app, { state: 'failed', desiredState: 'shutdown', error: 'task: non-zero exit (2)', exitCode: 2 });
    expect(await one({ expectations: [{ service: 'app', startGraceSeconds: 900 }] })).toMatchObject({
      kind: 'gave-up',
      text: expect.stringContaining('(2)'),
      hints: [expect.stringContaining('else `docker service update --force prod_app` starts it anew')],
    });
    expect(clock.elapsed()).toBeLessThan(5_000);
  });

  test('a service that is not there', async () => {
    const { swarm, wait } = setUp();
    swarm.task(swarm.service('app'));
    const outcomes = await wait({ expectations: [{ service: 'manager', startGraceSeconds: 180 }] });
    expect(outcomes.map((outcome) => [outcome.service, outcome.kind])).toEqual([
      ['manager', 'missing'],
      ['app', 'converged'],
    ]);
  });

  test('the deadline, with what went wrong so far', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app');
    swarm.flap(app, 1, 2, { error: 'task: non-zero exit (1)', exitCode: 1 });
    const outcome = await one({ timeoutMs: 20_000, expectations: [{ service: 'app', startGraceSeconds: 900 }] });
    expect(outcome.kind).toBe('deadline');
    expect(outcome.text).toContain('not there after 20 s');
    expect(outcome.text).toContain('non-zero exit (1)');
  });

  test('does not believe the scheduler for a minute if it counts a port that by the records is free', async () => {
    const { clock, swarm, one } = setUp();
    const waiting = swarm.task(swarm.service('app'), lost('host-mode port already in use on 1 node'));
    swarm.at(40, () => swarm.enter(waiting, 'running', { nodeId: 'id-node1', error: '' }));
    expect((await one({ timeoutMs: 600_000 })).kind).toBe('converged');
    expect(clock.elapsed()).toBeGreaterThan(40_000);
  });

  test('believes it after that minute', async () => {
    const { clock, swarm, one } = setUp();
    swarm.task(swarm.service('app'), lost('host-mode port already in use on 1 node'));
    expect(await one({ timeoutMs: 600_000 })).toMatchObject({
      kind: 'port-conflict',
      text: expect.stringMatching(/already in use on 1 node.*nobody holds/),
      hints: [expect.stringMatching(/restart docker on the leader/)],
    });
    expect(clock.elapsed()).toBeGreaterThan(60_000);
    expect(clock.elapsed()).toBeLessThan(90_000);
  });

  test('ends the wait for the others soon, and says so', async () => {
    const { clock, swarm, wait } = setUp();
    swarm.task(swarm.service('a'), lost('insufficient resources on 2 nodes'));
    swarm.task(swarm.service('b'), { state: 'preparing' });
    const outcomes = await wait({ timeoutMs: 600_000 });
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['unplaceable', 'unfinished']);
    expect(outcomes[1]?.text).toContain('since a failed');
    expect(clock.elapsed()).toBeLessThan(18_000);
    const error = convergenceError('prod', outcomes);
    expect(error).toMatchObject({ exit: 4, code: 'not-converged' });
    expect(error?.message).toContain('a: no suitable node (insufficient resources on 2 nodes)');
  });
});

describe('around it', () => {
  test('progress is told when it changes, not every round, and a failure stays as it was', async () => {
    const { swarm, wait } = setUp();
    const app = swarm.service('app');
    const task = swarm.task(app, { state: 'preparing' });
    swarm.at(10, () => swarm.enter(task, 'running'));
    const told: ServiceProgress[][] = [];
    await wait({ onProgress: (progress) => told.push(progress) });
    expect(told.map(([one]) => `${String(one?.running)}/${String(one?.wanted)} ${one?.phase ?? ''}`)).toEqual([
      '0/1 preparing (pulling the image)',
      '1/1 running; watching that it stays so',
      '1/1 1 of 1 running, and stayed so',
    ]);
    const other = swarm.service('other', { updateMonitorSeconds: 5 });
    swarm.flap(other, 20, 1, { error: 'task: non-zero exit (1)', exitCode: 1 });
    told.length = 0;
    await wait({ onProgress: (progress) => told.push(progress) });
    expect(told.filter((progress) => progress[1]?.state === 'failed').length).toBeLessThanOrEqual(2);
  });

  test('a round costs two calls, and fewer rounds are made while nothing happens', async () => {
    const { swarm, wait } = setUp();
    swarm.task(swarm.service('app'), { state: 'preparing' });
    await wait({ timeoutMs: 300_000 });
    const count = (name: string): number => swarm.calls.filter((call) => call === name).length;
    expect(count('services')).toBe(count('tasks'));
    expect(count('tasks')).toBeLessThan(400);
    expect(count('nodes')).toBeLessThan(170);
    expect(count('tasks of all')).toBe(0);
  });

  test('an interrupt says what goes on and how to look at it', async () => {
    const { swarm, wait } = setUp();
    swarm.task(swarm.service('app'), { state: 'preparing' });
    const stop = new AbortController();
    swarm.at(3, () => stop.abort());
    const error = await wait({ signal: stop.signal }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BundleError);
    expect(error).toMatchObject({
      exit: 130,
      message: expect.stringContaining('goes on deploying prod'),
      // Whose wait it is says how to go on.
      hints: [],
    });
    expect((error as BundleError).message).toContain('app');
  });

  test('an engine that is away for some seconds is asked again', async () => {
    const { swarm, one } = setUp();
    swarm.task(swarm.service('app'));
    const engineAway = () => Promise.reject(new BundleError('engine-unreachable', 'no leader'));
    swarm.at(2, () => {
      swarm.trouble = engineAway;
      void swarm.clock.sleep(10_000).then(() => {
        swarm.trouble = undefined;
      });
    });
    expect((await one()).kind).toBe('converged');
  });

  test('an engine that stays away, or never answers, is an error', async () => {
    const { swarm, wait } = setUp();
    swarm.trouble = () => Promise.reject(new BundleError('engine-unreachable', 'no such host'));
    await expect(wait()).rejects.toThrow('no such host');
    swarm.trouble = () => new Promise(() => undefined);
    await expect(wait()).rejects.toThrow('gave no answer');
  });

  test('a log that cannot be had holds nothing up', async () => {
    const { clock, swarm, one } = setUp();
    const app = swarm.service('app', {
      updateStatus: { state: 'paused', message: 'update paused due to failure or early termination of task t001' },
    });
    const task = swarm.task(app, { state: 'failed', desiredState: 'shutdown', exitCode: 1 });
    swarm.logs.set(task.id, silence);
    expect((await one()).logLines).toEqual([]);
    expect(clock.elapsed()).toBeLessThan(10_000);
  });

  test('without secrets/ no line of a container is quoted', async () => {
    const { swarm, one } = setUp();
    const app = swarm.service('app', {
      updateStatus: { state: 'paused', message: 'update paused due to failure or early termination of task t001' },
    });
    const task = swarm.task(app, { state: 'failed', desiredState: 'shutdown', exitCode: 1 });
    swarm.logs.set(task.id, () => lines(['password=hunter22']));
    const { logLines } = await one({ redactor: withholdAll });
    expect(logLines).toHaveLength(1);
    expect(logLines[0]).not.toContain('hunter22');
    expect(logLines[0]).toContain(`docker service logs ${task.id}`);
  });
});
