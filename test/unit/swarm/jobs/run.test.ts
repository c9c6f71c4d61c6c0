import { describe, expect, test } from 'vitest';
import type { JobSpec, TaskEngine } from '../../../../src/engine/port.ts';
import { BundleError } from '../../../../src/errors.ts';
import { runJob, startJob } from '../../../../src/swarm/jobs/run.ts';
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
    ['of an engine that is away is left at once', [new BundleError('engine-unreachable', 'no answer')], 1, false],
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
