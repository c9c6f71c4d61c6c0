import { describe, expect, test } from 'vitest';
import { timeoutError } from '../../../../src/engine/errors.ts';
import type { Engine, JobSpec, SwarmTask, TaskEngine } from '../../../../src/engine/port.ts';
import { BundleError } from '../../../../src/errors.ts';
import { runOnEachNode } from '../../../../src/swarm/jobs/each-node.ts';
import { runJob, startJob } from '../../../../src/swarm/jobs/run.ts';
import { node } from '../../../support/check-context.ts';
import { VirtualClock } from '../../converge/virtual-clock.ts';

const request = {
  stack: 'prod',
  kind: 'probe',
  image: 'x:1',
  command: ['x'],
  networks: [],
  constraints: [],
  timeoutMs: 9_000,
};
const address = { url: 'ssh://far', source: '--host ssh://far' };
const lost = new BundleError('engine-unreachable', 'ssh: ended with code 255', { details: { code: 'ESSH_ENDED' } });
const trouble = new BundleError('engine-error', 'context deadline exceeded');

/** An engine whose one task has ended; removals answer as said, the last answer for good. */
function swarm(removals: (BundleError | undefined)[], lost = false) {
  const made = new Map<string, JobSpec>();
  let asked = 0;
  const engine = {
    info: async () => ({ systemTime: '2026-11-28T00:00:00Z' }),
    createJob: async (job: JobSpec) => {
      made.set('id', job);
      if (lost) throw trouble;
      return 'id';
    },
    jobs: async () => [...made].map(([id, { name, labels }]) => ({ id, name, labels })),
    tasks: async () => [{ id: 't', state: 'complete', desiredState: 'shutdown' }],
    async *taskLogs() {},
    removeService: async (id: string) => {
      const said = removals[Math.min(asked++, removals.length - 1)];
      if (said !== undefined) throw said;
      made.delete(id);
    },
  };
  return { engine: engine as unknown as TaskEngine, made, asked: () => asked };
}

describe('a job', () => {
  test.each<[string, (BundleError | undefined)[], number, boolean]>([
    ['is removed once', [undefined], 1, true],
    ['is removed again while the swarm fails to', [trouble, trouble, undefined], 3, true],
    ['is left to the next command if that does not pass', [trouble], 3, false],
    ['that is gone is not removed again', [new BundleError('engine-not-found', 'no such service')], 1, false],
    ['is removed over a new connection if the first was lost', [lost, undefined], 2, true],
    ['of an engine that is away is left after the second connection', [lost], 2, false],
    ['of an engine that hangs is left at once', [timeoutError('remove', address, 30_000)], 1, false],
  ])('%s; what it told is kept', async (_what, removals, times, gone) => {
    const fake = swarm(removals);
    expect(await runJob(fake.engine, request, { clock: new VirtualClock() })).toMatchObject({ ok: true });
    expect([fake.asked(), fake.made.size === 0]).toEqual([times, gone]);
  });

  test('says whose it is and until when, unless that is known', async () => {
    const fake = swarm([undefined]);
    await startJob(fake.engine, request, undefined);
    expect(fake.made.get('id')?.labels).toMatchObject({
      'bundle.job.pid': String(process.pid),
      'bundle.job.until': '2026-11-28T00:00:09.000Z',
      'bundle.stack': 'prod',
      'bundle.kind': 'probe',
    });
    await startJob(fake.engine, { ...request, labels: { known: 'yes' } }, undefined);
    expect(fake.made.get('id')?.labels).toEqual({ known: 'yes', 'bundle.stack': 'prod', 'bundle.kind': 'probe' });
  });

  test('that was made though the engine said that it failed is removed, and its words are told', async () => {
    const fake = swarm([undefined], true);
    await expect(startJob(fake.engine, request, undefined)).rejects.toBe(trouble);
    expect(fake.made.size).toBe(0);
  });
});

describe('a job whose service somebody removes under way', () => {
  const gone = new BundleError('engine-not-found', 'task not found');
  const task = (state: SwarmTask['state'], desiredState: SwarmTask['state'] = 'running', nodeId = 'id-n1') =>
    ({ id: `t ${nodeId}`, nodeId, state, desiredState, error: '', message: 'shut down' }) as SwarmTask;

  /** @param tasks at each look; the last for good. The service is there as long as `there` says, by looks. */
  const removedBy = (tasks: SwarmTask[][], there: (look: number) => boolean, logs: 'kept' | 'gone' = 'kept') => {
    const clock = new VirtualClock();
    let look = 0;
    const engine = {
      info: async () => ({ systemTime: clock.iso() }),
      createJob: async () => 'id',
      tasks: async () => tasks[Math.min(look++, tasks.length - 1)],
      jobs: async () =>
        there(look) ? [{ id: 'id', name: 'n', labels: {} }] : [{ id: 'another', name: 'o', labels: {} }],
      async *taskLogs() {
        if (logs === 'gone') throw gone;
      },
      removeService: async () => {
        throw gone;
      },
    } as unknown as Engine;
    return { engine, clock };
  };

  test.each<[string, SwarmTask[][], 'kept' | 'gone']>([
    ['before the swarm made its task', [[]], 'kept'],
    ['while its task runs, which goes with it', [[task('running')], []], 'kept'],
    ['while its task runs, which is still ending', [[task('running')], [task('running', 'remove')]], 'kept'],
    ['while its task runs, which was stopped for that', [[task('running')], [task('shutdown', 'remove')]], 'kept'],
    ['before its log was read', [[task('complete')]], 'gone'],
  ])('is waited for no longer: %s', async (_when, tasks, logs) => {
    const { engine, clock } = removedBy(tasks, (look) => look < tasks.length, logs);
    expect(await runJob(engine, request, { clock })).toEqual({
      ...{ ok: false, removed: true, text: 'somebody removed the job before it had told', lines: [] },
    });
    expect(clock.elapsed()).toBeLessThan(1_000);
  });

  test.each<[string, SwarmTask[][], string]>([
    ['its task is late', [[]], 'not done after 9 s; the swarm made no task for it'],
    [
      'its task hangs',
      [[task('preparing')]],
      'not done after 9 s; its task is preparing; as a rule its node’s engine fetches the image then, or waits for a ' +
        'registry that does not answer',
    ],
    ['its task runs on', [[task('running')]], 'not done after 9 s; its task is running'],
  ])('is waited for to the end where it is there and %s', async (_why, tasks, text) => {
    const { engine, clock } = removedBy(tasks, () => true);
    expect(await runJob(engine, request, { clock })).toEqual({ ok: false, text, lines: [] });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(9_000);
  });

  /** Of one task a node: what the first is at that second; those of other nodes. @returns texts, and s */
  const eachNode = async (stateAt: (seconds: number) => SwarmTask['state'], also: SwarmTask[] = []) => {
    const nodes = [node('n1'), ...also.map(() => node('n2'))];
    const { engine, clock } = removedBy([[]], () => true);
    Object.assign(engine, { tasks: async () => [task(stateAt(clock.elapsed() / 1000)), ...also] });
    const on = new Set(nodes.map(({ id }) => id));
    const results = await runOnEachNode(engine, { ...request, on, nodes }, { clock });
    return { texts: [...results.values()].map(({ text }) => text), seconds: Math.round(clock.elapsed() / 1000) };
  };

  test('waits for an engine that asks a registry which is cut off, as long as that takes, and no longer', async () => {
    // 15 s a way: https and http of a registry that may be insecure.
    const late = await eachNode((seconds) => (seconds < 31 ? 'preparing' : seconds < 33 ? 'running' : 'complete'));
    expect(late).toEqual({ texts: ['complete'], seconds: 33 });
    const ended = task('complete', 'shutdown', 'id-n2');
    expect(await eachNode(() => 'preparing', [ended])).toEqual({
      texts: [
        expect.stringMatching(/^not done after 45 s; its task is preparing; as a rule its node’s engine /),
        'complete',
      ],
      seconds: 45,
    });
    // Its own time counts from then on.
    expect(await eachNode((seconds) => (seconds < 31 ? 'preparing' : 'running'))).toEqual({
      texts: ['not done after 40 s; its task is running'],
      seconds: 40,
    });
    expect(await eachNode(() => 'running')).toEqual({ texts: ['not done after 9 s; its task is running'], seconds: 9 });
  });

  test('of one task a node, too', async () => {
    const nodes = [node('n1'), node('n2')];
    const on = new Set(nodes.map(({ id }) => id));
    const both = [task('complete'), task('running', 'running', 'id-n2')];
    const { engine, clock } = removedBy([both, []], (look) => look < 2);
    const results = await runOnEachNode(engine, { ...request, on, nodes }, { clock });
    expect([...results.values()]).toEqual([1, 2].map(() => expect.objectContaining({ ok: false, removed: true })));
    expect(clock.elapsed()).toBeLessThan(1_000);
    const late = removedBy([[task('complete')]], () => true);
    const told = await runOnEachNode(late.engine, { ...request, on, nodes }, { clock: late.clock });
    expect([...told.values()].map(({ ok, text }) => [ok, text])).toEqual([
      [true, 'complete'],
      [false, 'not done after 9 s; the swarm made no task for it'],
    ]);
  });
});
