import { pause } from '../pause.ts';
import { isLeaderless } from './errors.ts';
import { isUnheard } from './node-states.ts';
import type { SwarmNode } from './types.ts';

/** Managers that are up elect a leader in seconds; a swarm that lost its majority has none for longer. */
const ELECTION_MS = 10_000;
const POLL_MS = 500;
/** After so long without a leader, or with one, it is waited for anew. */
const ANEW_MS = 60_000;

/**
 * Gives what waits a moment for something that all readings of a run wait for together, not each for its own.
 * @returns tells whether it waited; not if the time is over. `onWait` is called as a wait begins.
 */
function oneWait(): (onWait: () => void, signal: AbortSignal | undefined) => Promise<boolean> {
  let since = -Infinity;
  return async (onWait, signal) => {
    const now = performance.now();
    if (now - since >= ANEW_MS) {
      since = now;
      onWait();
    }
    if (now - since >= ELECTION_MS) return false;
    await pause(POLL_MS, signal);
    return true;
  };
}

/**
 * What reads again while the swarm has no leader, as for some seconds after a manager died: nothing was done yet, and
 * the next moment it may answer. All readings of a run wait for one election together, not each for its own.
 * @param onWait told once an election that it waits
 * @returns takes what reads, and what tells of an answer that it came without a leader: that is read again likewise,
 *   and given as it is once the time is over
 */
export function throughElections(
  onWait: (() => void) | undefined,
): <T>(read: () => Promise<T>, signal: AbortSignal, isUnled?: (answer: T) => boolean) => Promise<T> {
  const wait = oneWait();
  return async (read, signal, isUnled = () => false) => {
    for (;;) {
      const outcome = await read().then(
        (answer) => ({ answer, again: isUnled(answer) }),
        (error: unknown) => ({ error, again: isLeaderless(error) }),
      );
      if (outcome.again && !signal.aborted && (await wait(() => onWait?.(), signal))) continue;
      if ('error' in outcome) throw outcome.error;
      return outcome.answer;
    }
  };
}

/**
 * What reads the nodes again while the swarm has not heard of one since its managers elected a leader. All readings of
 * a run wait together; after ten seconds the nodes are given as they are.
 * @param onWait told once an election for which nodes it waits
 */
export function untilHeardOf(
  onWait: ((names: string) => void) | undefined,
): (read: () => Promise<SwarmNode[]>, signal: AbortSignal | undefined) => Promise<SwarmNode[]> {
  const wait = oneWait();
  return async (read, signal) => {
    for (;;) {
      const nodes = await read();
      const names = nodes.filter(isUnheard).map(({ hostname }) => hostname);
      if (names.length === 0 || !(await wait(() => onWait?.(names.join(', ')), signal))) return nodes;
    }
  };
}
