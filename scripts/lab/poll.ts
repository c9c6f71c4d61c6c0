/** Waiting for a condition: asked again and again until a deadline, never a blind sleep. */
import { setTimeout as delay } from 'node:timers/promises';

/** Between two questions, in ms: what comes soon is seen at once, and what takes long is not slowed by being asked. */
const pauseAfter = (waitedMs: number): number => Math.min(250, 20 + waitedMs / 20);

/**
 * Asks `probe` until it gives something other than `undefined`, and returns that.
 *
 * @param what names the condition in the error.
 * @param timeoutMs deadline in milliseconds.
 * @param signal gives up, with its reason as the error.
 * @throws whatever `probe` throws, at once; or an Error at the deadline, with `lastWord()` appended.
 */
export async function poll<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T | undefined> | T | undefined,
  lastWord: () => string = () => '',
  signal?: AbortSignal,
): Promise<T> {
  const begun = performance.now();
  const deadline = begun + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() >= deadline) {
      const word = lastWord();
      throw new Error(`${what}: not so after ${timeoutMs / 1000} s${word === '' ? '' : `\n${word}`}`);
    }
    await delay(pauseAfter(performance.now() - begun));
  }
}
