/** Waiting for a condition: asked again and again until a deadline, never a blind sleep. */
import { setTimeout as delay } from 'node:timers/promises';

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
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() >= deadline) {
      const word = lastWord();
      throw new Error(`${what}: not so after ${timeoutMs / 1000} s${word === '' ? '' : `\n${word}`}`);
    }
    await delay(20);
  }
}
