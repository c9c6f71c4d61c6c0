import { setTimeout as pause } from 'node:timers/promises';

/** Time as a parameter, so that tests need none. */
export interface Clock {
  /** Milliseconds since 1970; never steps back or jumps while the process runs. */
  now(): number;
  /** Resolves after `ms`; rejects when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The monotonic clock, anchored once: a clock step on this machine must not shorten a waiting window. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: async (ms, signal) => {
    await pause(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/** What `within` gives instead of a result that came too late. */
export const TIMED_OUT = Symbol('timed out');

/**
 * The promise's result, or TIMED_OUT after `ms`; a late rejection is swallowed. Rejects at once when the signal is
 * aborted.
 */
export async function within<T>(
  promise: Promise<T>,
  ms: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<T | typeof TIMED_OUT> {
  promise.catch(() => undefined);
  signal?.throwIfAborted();
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort(signal?.reason);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race<T | typeof TIMED_OUT>([
      promise,
      clock.sleep(Math.max(0, ms), stop.signal).then(() => TIMED_OUT),
    ]);
  } finally {
    signal?.removeEventListener('abort', abort);
    stop.abort();
  }
}
