import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * For who writes without an end: what is written faster than it is read would all wait in memory.
 * @param gone aborted when nobody reads it any more, or nothing more is to be written
 * @returns waits until the stream takes more; not at all if it does, if it failed, or once `gone` is aborted
 */
export function roomIn(stream: Writable, gone: AbortSignal): () => Promise<void> {
  /** One for all who wait. */
  let room: Promise<void> | undefined;
  const end = (): void => {
    room = undefined;
  };
  return () => {
    if (!stream.writableNeedDrain || gone.aborted) return Promise.resolve();
    room ??= once(stream, 'drain', { signal: gone }).then(end, end);
    return room;
  };
}
