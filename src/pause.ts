import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves after so many ms. Node's own rejects with an error of its own that merely has the signal's reason as its
 * cause (nodejs.org/api/timers.html, timersPromises.setTimeout): whoever catches it takes an interruption for a bug.
 * @throws the signal's reason as soon as it is aborted
 */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
