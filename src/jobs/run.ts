import { randomBytes } from 'node:crypto';
import { LABEL } from '../bundle/names.ts';
import { TIMED_OUT, within, type Clock } from '../converge/clock.ts';
import { BundleError } from '../errors.ts';
import type { JobSpec, SwarmTask, TaskEngine } from '../engine/port.ts';

export interface JobRequest extends Pick<JobSpec, 'image' | 'command' | 'networks' | 'constraints'> {
  stack: string;
  /** What it is for, in a word; the value of its label `bundle.kind`. */
  kind: string;
  /** Beside those that say whose and what it is. */
  labels?: Record<string, string>;
  secrets?: JobSpec['secrets'];
  /** From its creation to the end of its task. */
  timeoutMs: number;
}

export interface JobResult {
  /** It ended with exit code 0, and its output was read. */
  ok: boolean;
  /** Why not, in the swarm's words; they may quote what the engine was told. */
  text: string;
  exitCode?: number;
  /** Standard output, as far as it could be read, also where the time was up first; not redacted. */
  lines: string[];
}

const POLL_MS = 250;
/** A log that hangs is given up. */
const LAST_READ_MS = 2_000;
const ENDED: ReadonlySet<SwarmTask['state']> = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned']);

/**
 * Runs a command once in the swarm and reads what it printed. The job is removed in any case, also when the signal is aborted; what a killed run
 * leaves is found by `sweepJobs`.
 * @throws BundleError what the engine says; the signal's reason
 */
export async function runJob(engine: TaskEngine, request: JobRequest, { clock, signal }: { clock: Clock; signal?: AbortSignal | undefined }): Promise<JobResult> {
  const { stack, kind, image, command, networks, constraints, secrets = [], labels = {} } = request;
  signal?.throwIfAborted();
  const deadline = clock.now() + request.timeoutMs;
  const name = `${kind}-${stack}-${randomBytes(6).toString('hex')}`;
  const id = await engine.createJob({ name, labels: { ...labels, [LABEL.stack]: stack, [LABEL.kind]: kind }, image, command, networks, constraints, secrets });
  try {
    for (;;) {
      const [task] = await engine.tasks({ serviceId: id });
      if (task !== undefined && ENDED.has(task.state)) return await resultOf(engine, task, signal);
      if (clock.now() >= deadline) return { ok: false, text: lateText(task, request.timeoutMs), lines: await soFar(engine, task, clock, signal) };
      await clock.sleep(POLL_MS, signal);
    }
  } finally {
    await removeJob(engine, id);
  }
}

/**
 * Removes the jobs of a stack and kind that a killed run left.
 * @param isLeft whether a job with these labels is one; by default each is: for a kind of which no other run can have one now
 */
export async function sweepJobs(engine: TaskEngine, stack: string, kind: string, isLeft: (labels: Readonly<Record<string, string>>) => boolean = () => true): Promise<void> {
  for (const job of await engine.jobs({ stack })) if (job.labels[LABEL.kind] === kind && isLeft(job.labels)) await removeJob(engine, job.id);
}

async function resultOf(engine: TaskEngine, task: SwarmTask, signal: AbortSignal | undefined): Promise<JobResult> {
  const exit = task.exitCode === undefined ? {} : { exitCode: task.exitCode };
  // A rejected task had no container.
  const { lines, unread } = task.state === 'rejected' ? { lines: [], unread: undefined } : await output(engine, task.id, signal);
  if (task.state !== 'complete') return { ok: false, text: task.error || task.message, ...exit, lines };
  return unread === undefined ? { ok: true, text: 'complete', ...exit, lines } : { ok: false, text: unread, ...exit, lines };
}

async function output(engine: TaskEngine, taskId: string, signal: AbortSignal | undefined): Promise<{ lines: string[]; unread: string | undefined }> {
  const chunks: Buffer[] = [];
  let unread: string | undefined;
  for await (const { stream, data } of engine.taskLogs(taskId, signal === undefined ? {} : { signal })) {
    if (stream === 'stdout') chunks.push(data);
    else if (stream === 'system') unread = data.toString('utf8').trim();
  }
  signal?.throwIfAborted();
  return { lines: Buffer.concat(chunks).toString('utf8').split(/\r?\n/).filter((line) => line !== ''), unread };
}

async function soFar(engine: TaskEngine, task: SwarmTask | undefined, clock: Clock, signal: AbortSignal | undefined): Promise<string[]> {
  if (task?.state !== 'running') return [];
  const stop = new AbortController();
  try {
    const read = await within(output(engine, task.id, stop.signal), LAST_READ_MS, clock, signal);
    return read === TIMED_OUT ? [] : read.lines;
  } catch (error) {
    // That the time was up is the news.
    if (signal?.aborted === true || !(error instanceof BundleError)) throw error;
    return [];
  } finally {
    stop.abort();
  }
}

function lateText(task: SwarmTask | undefined, timeoutMs: number): string {
  const so = task === undefined ? 'the swarm made no task for it' : `its task is ${task.state}${task.error === '' ? '' : `: ${task.error}`}`;
  return `not done after ${Math.round(timeoutMs / 1000)} s; ${so}`;
}

async function removeJob(engine: TaskEngine, id: string): Promise<void> {
  try {
    await engine.removeService(id);
  } catch (error) {
    // The next run finds it by its labels; what the job told, or why it failed, must not be lost for it.
    if (!(error instanceof BundleError)) throw error;
  }
}
