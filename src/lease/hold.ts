import os from 'node:os';
import { BundleError, EXIT } from '../errors.ts';
import { overNewConnection, type Engine } from '../engine/port.ts';
import { spanText } from '../span.ts';
import { interruptedWith } from '../ui/interrupted.ts';
import { HEARTBEAT_MS, holderOf, lockLabels, readLock, STALE_MS, WATCH_MS, type LockHolder } from './record.ts';
import { takeLock, type TakeOptions } from './take.ts';

/**
 * Before others may take it for stale, we must have stopped, also if a call hangs: what is left is for what is under
 * way.
 */
const GIVE_UP_MS = STALE_MS - HEARTBEAT_MS;
/** Time without a renewal is looked at as often: soon after a machine that slept is awake. */
const LOOK_MS = 1_000;
/** A look that comes so late means that this process did not run: the machine slept, or somebody stopped it. */
const LATE_MS = 5_000;
/** The lock may be ours all the same then: so long its renewal is waited for, less if others may have it by now. */
const WAKE_MS = 5_000;
const LATE_WAKE_MS = 1_000;
/** What was read before a longer sleep is too old to be gone on with. */
const LONGEST_SLEEP_MS = 300_000;

/**
 * Does `work` while holding the lock of a stack, renewing its heartbeat each 10 s, and frees it however the work ends.
 * The work's signal is aborted if the outer one is, and if the lock is lost: taken over, removed by hand, or not
 * renewed for 50 s, by the process's clock or by the machine's. Where this process did not run meanwhile for no more
 * than 5 min, or the clock was set forward, it is renewed at once, and lost only if that does not succeed within 5 s,
 * or 1 s if others may have it.
 * @throws BundleError `held` (exit 8) if another operator holds it; `lock-lost` (exit 8) in place of what the work
 *   then threw, with the account of an interruption, unless that is a `lock-lost` itself, as the work words it
 */
export async function withLock<T>(options: TakeOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { engine, stack } = options;
  const holder = await takeLock(options);
  const lost = new AbortController();
  const heart = beat(engine, stack, holder, lost);
  try {
    return await work(AbortSignal.any([options.signal, lost.signal]));
  } catch (error) {
    if (!lost.signal.aborted || (error instanceof BundleError && error.code === 'lock-lost')) throw error;
    // What takes it for a signal's interruption says all the same what was done by then.
    const account = error instanceof BundleError && error.exit === EXIT.interrupted ? error.message : undefined;
    throw interruptedWith(lost.signal.reason, { words: account });
  } finally {
    await heart.stop();
    await free(engine, stack, holder);
  }
}

/** Renews the heartbeat until it is stopped; aborts `lost` when the lock is not ours any more. */
function beat(engine: Engine, stack: string, holder: LockHolder, lost: AbortController): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  const lose = (text: string): void => lost.abort(lockLost(stack, text));
  let renewed = clocksNow();
  let looked = renewed;
  /** When this process last ran again after it had not. */
  let woken = renewed;

  const renew = async (): Promise<void> => {
    try {
      const lock = await readLock(engine, stack);
      if (!lock || holderOf(lock).token !== holder.token) {
        lose(lock ? `was taken over by ${holderOf(lock).owner}` : 'was removed by somebody');
        return;
      }
      const sent = clocksNow();
      await engine.updateConfigLabels(lock, lockLabels(stack, holder, new Date().toISOString()));
      renewed = sent;
    } catch {
      // A manager that restarts, or an update in between: the next beat tells.
    }
  };
  const renewOnce = (): void => {
    running ??= renew().finally(() => {
      running = undefined;
    });
  };
  const timer = setInterval(renewOnce, HEARTBEAT_MS);
  const look = setInterval(() => {
    const now = clocksNow();
    // Once: what does not run each few seconds must not hold on for good.
    if (longest(looked, now) >= LATE_MS && longest(renewed, looked) < GIVE_UP_MS) woken = now;
    looked = now;
    const silent = longest(renewed, now);
    if (silent < GIVE_UP_MS) return;
    const awakeMs = now.awake - woken.awake;
    if (woken.awake <= renewed.awake || awakeMs > WAKE_MS + LATE_MS)
      return lose('could not be renewed for 50 s: the engine does not answer');
    const patienceMs = silent < STALE_MS + WATCH_MS ? WAKE_MS : LATE_WAKE_MS;
    if (away(renewed, now) < LONGEST_SLEEP_MS && awakeMs < patienceMs) return renewOnce();
    lose(
      `was not renewed for ${spanText(silent)}: this machine slept, this process was stopped, or the clock was set forward`,
    );
  }, LOOK_MS);
  return {
    async stop() {
      clearInterval(timer);
      clearInterval(look);
      await running;
    },
  };
}

interface Clocks {
  /** In ms of a clock that stands still while the machine sleeps; timers go by it. */
  awake: number;
  /** In ms since the machine's start, its sleep included (libuv: uv_uptime): nobody sets it. */
  up: number;
  /** In ms of the machine's clock, which somebody may set. */
  wall: number;
}

const clocksNow = (): Clocks => ({ awake: performance.now(), up: os.uptime() * 1000, wall: Date.now() });

/** For how long, at most, what was read before is old: that a clock was set makes nothing older. */
const away = (from: Clocks, to: Clocks): number => Math.max(to.awake - from.awake, to.up - from.up);

/** The time between by the clock that shows more; one that was set back tells nothing. */
const longest = (from: Clocks, to: Clocks): number => Math.max(to.awake - from.awake, to.wall - from.wall);

/** Where the engine does not answer, the lock stays and goes stale: no reason to hide how the work ended. */
async function free(engine: Engine, stack: string, holder: LockHolder): Promise<void> {
  try {
    await overNewConnection(async () => {
      const lock = await readLock(engine, stack);
      if (lock && holderOf(lock).token === holder.token) await engine.removeConfig(lock.id);
    });
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
  }
}

function lockLost(stack: string, text: string): BundleError {
  return new BundleError('lock-lost', `stopped: the lock of ${stack} ${text}`, {
    exit: EXIT.held,
    hints: ['part of the work may be done; see who else is at work on it, then run the same command again'],
  });
}
