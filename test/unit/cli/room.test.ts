import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { roomIn } from '../../../src/cli/room.ts';

/** A stream whose reader takes what is written when it is told to. */
function slow() {
  const taken: ((error?: Error) => void)[] = [];
  const stream = new Writable({ highWaterMark: 10, write: (_chunk, _encoding, done) => void taken.push(done) });
  stream.on('error', () => undefined);
  const gone = new AbortController();
  return { stream, take: (error?: Error) => taken.shift()?.(error), gone, room: roomIn(stream, gone.signal) };
}

async function isReady(room: Promise<void>): Promise<boolean> {
  const later = new Promise<false>((resolve) => setTimeout(() => resolve(false), 5));
  return Promise.race([room.then(() => true), later]);
}

describe('room in a stream', () => {
  it('is there until what waits is as much as it takes, and again when that was read', async () => {
    const { stream, take, room } = slow();
    stream.write('short');
    expect(await isReady(room())).toBe(true);
    stream.write('and much more');
    const waits = room();
    expect(await isReady(waits)).toBe(false);
    take();
    expect(await isReady(waits)).toBe(false);
    take();
    expect(await isReady(waits)).toBe(true);
    stream.write('much more once again');
    expect(await isReady(room())).toBe(false);
  });

  it('is waited for by many with one listener', async () => {
    const { stream, take, room } = slow();
    stream.write('more than it takes');
    const all = Array.from({ length: 50 }, () => room());
    expect(stream.listenerCount('drain')).toBe(1);
    take();
    await Promise.all(all);
    expect([stream.listenerCount('drain'), stream.listenerCount('error')]).toEqual([0, 1]);
  });

  it('is not waited for any more when its reader went away', async () => {
    const { stream, take, gone, room } = slow();
    stream.write('more than it takes');
    const waits = room();
    take(new Error('EPIPE'));
    expect(await isReady(waits)).toBe(true);
    gone.abort();
    expect(await isReady(room())).toBe(true);
  });

  it('nor when nothing more is to be written', async () => {
    const { stream, gone, room } = slow();
    stream.write('more than it takes');
    const waits = room();
    gone.abort();
    expect(await isReady(waits)).toBe(true);
    expect(await isReady(room())).toBe(true);
  });
});
