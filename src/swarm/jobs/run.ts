import { randomBytes } from 'node:crypto';
import { LABEL } from '../../bundle/names.ts';
import type { Clock } from '../clock.ts';
import { BundleError } from '../../errors.ts';
import {
  hasEnded,
  overNewConnection,
  unlessGone,
  type JobSpec,
  type SwarmTask,
  type TaskEngine,
} from '../../engine/port.ts';
import { thisOperator } from '../../io/operator.ts';
import { ownerLabels } from './owner.ts';
import { lateText, linesSoFar, REMOVED, resultOf, type JobResult } from './result.ts';

export interface JobRequest extends Pick<JobSpec, 'image' | 'command' | 'networks' | 'constraints' | 'volumes'> {
  stack: string;
  /** What it is for, in a word; the value of its label `bundle.kind`. */
  kind: string;
  /** Those of its owner, if they are known already; by default this process, for as long as it may run. */
  labels?: Record<string, string>;
  secrets?: JobSpec['secrets'];
  /** From its creation to the end of its task. */
  timeoutMs: number;
}

export const POLL_MS = 250;
/** Pauses before a removal that the engine did not manage is tried again. */
const AGAIN_MS = [1_000, 3_000] as const;

/**
 * Runs a command once in the swarm and reads what it printed. The job is removed in any case, also when the signal is
 * aborted; what a killed run leaves is found by `sweepJobs`. One that somebody else removes is waited for no longer.
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
      const tasks = await engine.tasks({ serviceId: id });
      const [task] = tasks;
      if (task !== undefined) onTask?.(task);
      if (await wasRemoved(engine, request.stack, id, tasks)) return REMOVED;
      if (task !== undefined && hasEnded(task)) return await resultOf(engine, task, signal);
      if (clock.now() >= deadline)
        return {
          ok: false,
          text: lateText(task, request.timeoutMs),
          lines: await linesSoFar(engine, task, clock, signal),
        };
      await clock.sleep(POLL_MS, signal);
    }
  } finally {
    await endJob(engine, id, clock);
  }
}

/**
 * Makes a job under a name of its own, with the labels that say whose it is. Gives its id.
 * @throws BundleError what the engine says; what it may have made all the same is removed, as far as it tells
 */
export async function startJob(
  engine: TaskEngine,
  request: JobRequest & Pick<JobSpec, 'eachNode' | 'binds'>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { stack, kind, labels, secrets = [], timeoutMs, ...spec } = request;
  const owner = labels ?? (await ownLabels(engine, timeoutMs));
  signal?.throwIfAborted();
  const name = `${kind}-${stack}-${randomBytes(6).toString('hex')}`;
  try {
    return await engine.createJob({
      ...spec,
      name,
      labels: { ...owner, [LABEL.stack]: stack, [LABEL.kind]: kind },
      secrets,
    });
  } catch (error) {
    // Managers that lost their leader answer with an error and may still do what was asked.
    const made = await engine.jobs({ stack }).catch(() => []);
    for (const job of made) if (job.name === name) await removeJob(engine, job.id);
    throw error;
  }
}

/**
 * Whether somebody removed a job that is waited for. Its tasks are gone then, or are to go; without a task it may also
 * be that the swarm has made none yet, so its service is looked for.
 */
export async function wasRemoved(
  engine: TaskEngine,
  stack: string,
  id: string,
  tasks: readonly SwarmTask[],
): Promise<boolean> {
  if (tasks.length > 0 && tasks.every(({ desiredState }) => desiredState !== 'remove')) return false;
  return (await engine.jobs({ stack })).every((job) => job.id !== id);
}

async function ownLabels(engine: TaskEngine, timeoutMs: number): Promise<Record<string, string>> {
  const { systemTime } = await engine.info();
  return ownerLabels(thisOperator(), Date.parse(systemTime) + timeoutMs);
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

/** Removes a job that has told what it could, and tries again for a moment while the engine says that it failed. */
export async function endJob(engine: TaskEngine, id: string, clock: Clock): Promise<void> {
  for (const pause of AGAIN_MS) {
    if ((await removeJob(engine, id)) !== 'engine-error') return;
    await clock.sleep(pause);
  }
  await removeJob(engine, id);
}

/** Never throws what the engine says. @returns the code of what it said, if the job may still be there */
export async function removeJob(engine: TaskEngine, id: string): Promise<string | undefined> {
  try {
    await overNewConnection(() => unlessGone(engine.removeService(id)));
    return undefined;
  } catch (error) {
    // The next run finds it by its labels; what the job told, or why it failed, must not be lost for it.
    if (!(error instanceof BundleError)) throw error;
    return error.code;
  }
}
