import { setTimeout as pause } from 'node:timers/promises';
import { isLeaderless } from './errors.ts';

/** Managers that are up elect a leader in seconds; a swarm that lost its majority has none for longer. */
const ELECTION_MS = 10_000;
const POLL_MS = 500;
/** After so long without a leader, or with one, it is waited for anew. */
const ANEW_MS = 60_000;

/**
 * What reads again while the swarm has no leader, as for some seconds after a manager died: nothing was done yet, and the
 * next moment it may answer. All readings of a run wait for one election together, not each for its own.
 * @param onWait told once an election that it waits
 */
export function throughElections(
  onWait: (() => void) | undefined,
): <T>(read: () => Promise<T>, signal: AbortSignal) => Promise<T> {
  let since = -Infinity;
  return async (read, signal) => {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        const now = performance.now();
        if (!isLeaderless(error) || signal.aborted) throw error;
        if (now - since >= ANEW_MS) {
          since = now;
          onWait?.();
        }
        if (now - since >= ELECTION_MS) throw error;
        await pause(POLL_MS, undefined, { signal });
      }
    }
  };
}
