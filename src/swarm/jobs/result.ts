import { TIMED_OUT, within, type Clock } from '../clock.ts';
import { BundleError } from '../../errors.ts';
import type { SwarmTask, TaskEngine } from '../../engine/port.ts';

export interface JobResult {
  /** It ended with exit code 0, and its output was read. */
  ok: boolean;
  /** It ended with exit code 0, and `text` says why its output could not be read. */
  unread?: true;
  /** Somebody removed it before it had told: nothing is known, and it may be asked again. */
  removed?: true;
  /** Why not, in the swarm's words; they may quote what the engine was told. */
  text: string;
  exitCode?: number;
  /** Standard output, as far as it could be read, also if the time was up first; not redacted. */
  lines: string[];
}

/** A log that hangs is given up. */
const LAST_READ_MS = 2_000;

export const REMOVED: JobResult = {
  ok: false,
  removed: true,
  text: 'somebody removed the job before it had told',
  lines: [],
};

/** What an engine does meanwhile, as a rule. */
const PREPARES = 'as a rule its node’s engine fetches the image then, or waits for a registry that does not answer';

/**
 * What an ended task came to; `REMOVED` if it is gone by now. @throws BundleError what the engine says; the signal's
 * reason
 */
export async function resultOf(
  engine: TaskEngine,
  task: SwarmTask,
  signal: AbortSignal | undefined,
): Promise<JobResult> {
  const exit = task.exitCode === undefined ? {} : { exitCode: task.exitCode };
  // A rejected task had no container.
  const read =
    task.state === 'rejected'
      ? { lines: [], unread: undefined }
      : await output(engine, task.id, signal).catch(unlessGone);
  if (read === undefined) return REMOVED;
  const { lines, unread } = read;
  if (task.state !== 'complete') return { ok: false, text: task.error || task.message, ...exit, lines };
  return unread === undefined
    ? { ok: true, text: 'complete', ...exit, lines }
    : { ok: false, unread: true, text: unread, ...exit, lines };
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof BundleError) || error.code !== 'engine-not-found') throw error;
}

async function output(
  engine: TaskEngine,
  taskId: string,
  signal: AbortSignal | undefined,
): Promise<{ lines: string[]; unread: string | undefined }> {
  const chunks: Buffer[] = [];
  let unread: string | undefined;
  for await (const { stream, data } of engine.taskLogs(taskId, signal === undefined ? {} : { signal })) {
    if (stream === 'stdout') chunks.push(data);
    else if (stream === 'system') unread = data.toString('utf8').trim();
  }
  signal?.throwIfAborted();
  return {
    lines: Buffer.concat(chunks)
      .toString('utf8')
      .split(/\r?\n/)
      .filter((line) => line !== ''),
    unread,
  };
}

/** What a task has printed up to now, if it runs and its log can be read. @throws the signal's reason */
export async function linesSoFar(
  engine: TaskEngine,
  task: SwarmTask | undefined,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<string[]> {
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

/** Why there is no result when the time is up. @param waitedMs how long it was waited for */
export function lateText(task: SwarmTask | undefined, waitedMs: number): string {
  const so =
    task === undefined
      ? 'the swarm made no task for it'
      : `its task is ${task.state}${task.error === '' ? '' : `: ${task.error}`}`;
  return `not done after ${Math.round(waitedMs / 1000)} s; ${so}${task?.state === 'preparing' ? `; ${PREPARES}` : ''}`;
}
