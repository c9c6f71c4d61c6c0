import { pause } from '../pause.ts';
import { spanText } from '../span.ts';

/** Time as a parameter, so that tests need none. */
export interface Clock {
  /** Milliseconds since 1970; never steps back or jumps while the process runs. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as that is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** What the machine's clock shows beyond this one, in ms: more by what it slept meanwhile, or was set forward. */
  missed?(): number;
}

/** The monotonic clock, anchored once: a clock step on this machine must not shorten a waiting window. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: pause,
  missed: () => Date.now() - systemClock.now(),
};

/** From here on two clocks are told to be apart; a question and its answer take some of it. */
const APART_MS = 60_000;

/**
 * That this machine's clock is not that of the manager which was asked, for a sentence; undefined if they are near, or
 * the engine tells no time.
 */
export function clocksApart(systemTime: string, now: number): string | undefined {
  const ahead = now - Date.parse(systemTime);
  if (Number.isNaN(ahead) || Math.abs(ahead) < APART_MS) return undefined;
  return (
    `this machine’s clock is ${spanText(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the swarm manager’s, ` +
    'and by it certificates that are made here begin, and are judged'
  );
}

/** Now, as far as it is known. */
export interface Moment {
  /** By this machine's clock. */
  here: Date;
  /** By the clock of the engine that was asked, if that is told apart from ours. */
  there?: Date;
}

/**
 * Now by both clocks.
 * @param ahead how far the engine's clock is ahead of ours, in ms; NaN if it told no time
 */
export function momentOf(clock: Pick<Clock, 'now'>, ahead: number): Moment {
  const now = clock.now();
  return { here: new Date(now), ...(Math.abs(ahead) >= APART_MS && { there: new Date(now + ahead) }) };
}

/** The same, with what an engine told just now. @param systemTime ISO 8601; empty if it told no time */
export const momentBy = (clock: Pick<Clock, 'now'>, systemTime: string): Moment =>
  momentOf(clock, Date.parse(systemTime) - clock.now());

/** What to do about that. */
export const SET_CLOCK = 'set the one that is wrong: `timedatectl set-ntp true`, or `chronyc makestep`';

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
