import type { Engine } from '../../engine/port.ts';
import type { Clock } from '../../swarm/clock.ts';
import { Lines } from './lines.ts';
import type { LogLine } from './lines.ts';
import type { LogRead } from './log-driver.ts';
import { logWords } from './log-stream.ts';

export interface ReadOptions {
  follow: boolean;
  tty: boolean;
  /** Only what was written from this time on (RFC 3339). */
  since?: string | undefined;
  /** Only so many of the last records. */
  tail?: number | undefined;
  /** The read is broken off at this moment of the clock. */
  until: number;
  /** The read is broken off when nothing came for so long; Infinity if silence is normal. */
  idleMs: number;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Given every line; true ends the read. */
  onLine: (line: LogLine) => boolean;
}

export type ReadEnd =
  | { is: 'enough' }
  | ({ is: 'ended'; lastTime?: string | undefined } & LogRead)
  /** The engine's own word that it could not read. */
  | { is: 'refused'; words: string }
  /** The manager that we talk to does not answer, or has no leader. */
  | { is: 'away'; words: string }
  | { is: 'silent' }
  | { is: 'late' };

const WATCH_MS = 250;

/**
 * Reads a task's log once, with times, and says how that ended. Throws what the engine throws, and when the signal is
 * aborted.
 */
export async function readLog(
  engine: Pick<Engine, 'taskLogs'>,
  taskId: string,
  options: ReadOptions,
): Promise<ReadEnd> {
  options.signal?.throwIfAborted();
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort();
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  const progress = { frames: 0 };
  const reading = consume(engine, taskId, options, stop.signal, progress);
  // The watchdog may win; what the read does after that concerns nobody.
  reading.catch(() => undefined);
  try {
    return await Promise.race([reading, watchdog(options, stop.signal, progress)]);
  } finally {
    stop.abort();
    options.signal?.removeEventListener('abort', abort);
    options.signal?.throwIfAborted();
  }
}

async function consume(
  engine: Pick<Engine, 'taskLogs'>,
  taskId: string,
  options: ReadOptions,
  signal: AbortSignal,
  progress: { frames: number },
): Promise<ReadEnd> {
  const { follow, tty, since, tail, onLine } = options;
  let enough = false;
  const read: LogRead & { lastTime?: string | undefined } = { bytes: 0, records: 0 };
  const lines = new Lines({ timestamps: true, tty }, (line) => {
    read.firstTime ??= line.time;
    read.lastTime = line.time ?? read.lastTime;
    // Its frames are pieces of a stream.
    if (tty) read.records += 1;
    enough = onLine(line) || enough;
  });
  const asked = {
    follow,
    tty,
    timestamps: true,
    ...(since === undefined ? {} : { since }),
    ...(tail === undefined ? {} : { tail }),
  };
  for await (const frame of engine.taskLogs(taskId, { ...asked, signal })) {
    progress.frames += 1;
    if (frame.stream === 'system') return { is: 'refused', words: logWords(frame.data) };
    read.bytes += frame.data.length;
    if (!tty) read.records += 1;
    lines.push({ stream: frame.stream, data: frame.data });
    if (enough) return { is: 'enough' };
    if (signal.aborted) break;
  }
  lines.end();
  return enough ? { is: 'enough' } : signal.aborted ? { is: 'late' } : { is: 'ended', ...read };
}

/** One timer for the whole read: one per frame would cost more than the reading. */
async function watchdog(options: ReadOptions, signal: AbortSignal, progress: { frames: number }): Promise<ReadEnd> {
  const { clock, until, idleMs } = options;
  let frames = -1;
  let since = clock.now();
  try {
    for (;;) {
      const now = clock.now();
      if (progress.frames !== frames) {
        frames = progress.frames;
        since = now;
      }
      if (now >= until) return { is: 'late' };
      if (now - since >= idleMs) return { is: 'silent' };
      await clock.sleep(Math.min(WATCH_MS, until - now), signal);
    }
  } catch {
    return { is: 'late' };
  }
}
