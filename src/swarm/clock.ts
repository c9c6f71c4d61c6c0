import { pause } from '../pause.ts';
import { spanText } from '../span.ts';

/** Time as a parameter, so that tests need none. */
export interface Clock {
  /** Milliseconds since 1970 as this process counts them: without what it did not run. */
  now(): number;
  /** Resolves after `ms` of those; rejects with the signal's reason as soon as that is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** What the machine's clock shows beyond this one, in ms: more by what was slept meanwhile, or it was set forward. */
  missed?(): number;
}

/** A timer is late by more only where this process did not run: it was stopped (Ctrl-Z), or its machine slept. */
const GAP_MS = 5_000;
/** What of a gap lies before a timer is due is not seen: none runs longer. */
const STEP_MS = 1_000;
/** From so much that was missed on, an answer of before is one of another time. */
export const OLD_MS = GAP_MS;

/** A clock of this process, anchored once; see `systemClock`. @param wait resolves after ms of the monotonic clock */
export function processClock(wait: Clock['sleep']): Required<Clock> {
  /** By `performance.now()`, in ms: what was not run in all, and the end of the last gap, which ends several timers. */
  let stood = 0;
  let stoodTo = -Infinity;
  /** @param due when a timer was to fire that has fired now */
  const note = (due: number): void => {
    const ended = performance.now();
    const gap = ended - Math.max(due, stoodTo);
    if (gap < GAP_MS) return;
    stood += gap;
    stoodTo = ended;
  };
  let ticks = false;
  /** Sees the stop of a process that waits for an answer, not for a time. */
  const tick = (): void => {
    if (ticks) return;
    ticks = true;
    let due = performance.now() + STEP_MS;
    setInterval(() => {
      note(due);
      due = performance.now() + STEP_MS;
    }, STEP_MS).unref();
  };
  const now = (): number => {
    tick();
    return performance.timeOrigin + performance.now() - stood;
  };

  async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    for (let left = ms; ; left -= STEP_MS) {
      const step = Math.min(left, STEP_MS);
      const due = performance.now() + step;
      await wait(step, signal);
      note(due);
      if (!(left > STEP_MS)) return;
    }
  }
  return { now, sleep, missed: () => Date.now() - now() };
}

/**
 * The monotonic clock: a clock step on this machine must not shorten a waiting window, and neither must a stop of this
 * process, which that clock counts, as on some machines it counts their sleep.
 */
export const systemClock = processClock(pause);

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
 * Now by both clocks: the machine's as it is by now, also if it was set since this process began.
 * @param ahead how far the engine's clock is ahead of this one, in ms; NaN if it told no time
 */
export function momentOf(clock: Pick<Clock, 'now' | 'missed'>, ahead: number): Moment {
  const here = clock.now() + (clock.missed?.() ?? 0);
  const there = clock.now() + ahead;
  return { here: new Date(here), ...(Math.abs(there - here) >= APART_MS && { there: new Date(there) }) };
}

/** The same each time, by what is told of the engine's clock now; of no use any more once time was missed. */
export function momentsOf(clock: Pick<Clock, 'now' | 'missed'>, ahead: number): () => Moment {
  const missed = (): number => clock.missed?.() ?? 0;
  const then = missed();
  return () => momentOf(clock, Math.abs(missed() - then) >= OLD_MS ? NaN : ahead);
}

/** The same, with what an engine told just now. @param systemTime ISO 8601; empty if it told no time */
export const momentBy = (clock: Pick<Clock, 'now' | 'missed'>, systemTime: string): Moment =>
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
