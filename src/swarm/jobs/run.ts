import { randomBytes } from 'node:crypto';
import { LABEL } from '../../bundle/names.ts';
import type { Clock } from '../clock.ts';
import { BundleError } from '../../errors.ts';
import { hasEnded, type JobSpec, type SwarmTask, type TaskEngine } from '../../engine/port.ts';
import { lateText, resultOf, soFar, type JobResult } from './result.ts';

export interface JobRequest extends Pick<JobSpec, 'image' | 'command' | 'networks' | 'constraints' | 'volumes'> {
  stack: string;
  /** What it is for, in a word; the value of its label `bundle.kind`. */
  kind: string;
  /** Beside those that say whose and what it is. */
  labels?: Record<string, string>;
  secrets?: JobSpec['secrets'];
  /** From its creation to the end of its task. */
  timeoutMs: number;
}

export const POLL_MS = 250;

/**
 * Runs a command once in the swarm and reads what it printed. The job is removed in any case, also when the signal is
 * aborted; what a killed run leaves is found by `sweepJobs`.
 * @throws BundleError what the engine says; the signal's reason
 */
export async function runJob(
  engine: TaskEngine,
  request: JobRequest,
  {
    clock,
    signal,
    onTask,
  }: {
    clock: Clock;
    signal?: AbortSignal | undefined;
    /** Told of its task each time. */ onTask?: (task: SwarmTask) => void;
  },
): Promise<JobResult> {
  const deadline = clock.now() + request.timeoutMs;
  const id = await startJob(engine, request, signal);
  try {
    for (;;) {
      const [task] = await engine.tasks({ serviceId: id });
      if (task !== undefined) onTask?.(task);
      if (task !== undefined && hasEnded(task)) return await resultOf(engine, task, signal);
      if (clock.now() >= deadline)
        return { ok: false, text: lateText(task, request.timeoutMs), lines: await soFar(engine, task, clock, signal) };
      await clock.sleep(POLL_MS, signal);
    }
  } finally {
    await removeJob(engine, id);
  }
}

/** Makes a job under a name of its own, with the labels that say whose it is. Gives its id. */
export async function startJob(
  engine: TaskEngine,
  request: JobRequest & Pick<JobSpec, 'eachNode' | 'binds'>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { stack, kind, labels = {}, secrets = [], timeoutMs: _, ...spec } = request;
  signal?.throwIfAborted();
  return engine.createJob({
    ...spec,
    name: `${kind}-${stack}-${randomBytes(6).toString('hex')}`,
    labels: { ...labels, [LABEL.stack]: stack, [LABEL.kind]: kind },
    secrets,
  });
}

/**
 * Removes the jobs of a stack and kind that a killed run left.
 * @param isLeft whether a job with these labels is one; by default each is: for a kind of which no other run can have
 *   one now
 */
export async function sweepJobs(
  engine: TaskEngine,
  stack: string,
  kind: string,
  isLeft: (labels: Readonly<Record<string, string>>) => boolean = () => true,
): Promise<void> {
  for (const job of await engine.jobs({ stack }))
    if (job.labels[LABEL.kind] === kind && isLeft(job.labels)) await removeJob(engine, job.id);
}

/** Never throws what the engine says. */
export async function removeJob(engine: TaskEngine, id: string): Promise<void> {
  try {
    await engine.removeService(id);
  } catch (error) {
    // The next run finds it by its labels; what the job told, or why it failed, must not be lost for it.
    if (!(error instanceof BundleError)) throw error;
  }
}
