import { isEngineTrouble } from '../engine/port.ts';
import type { Clock } from './clock.ts';

/** Managers elect a new leader in seconds; an engine that stays away for so long is reported. */
const AWAY_MS = 30_000;
const RETRY_MS = 1_000;

export interface Patience {
  clock: Clock;
  signal: AbortSignal | undefined;
  /** Moment of the clock at which the engine answered last; now if absent. */
  since?: number;
  /** Moment of the clock after which it is not asked again. */
  deadline?: number;
}

/**
 * Reads from an engine, and again for half a minute if that fails: managers restart.
 * @throws BundleError of the last try; the signal's reason
 */
export async function patiently<T>(
  read: () => Promise<T>,
  { clock, signal, since = clock.now(), deadline = Infinity }: Patience,
): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      signal?.throwIfAborted();
      const now = clock.now();
      if (!isEngineTrouble(error) || now - since >= AWAY_MS || now >= deadline) throw error;
      await clock.sleep(Math.max(1, Math.min(RETRY_MS, deadline - now)), signal);
    }
  }
}
