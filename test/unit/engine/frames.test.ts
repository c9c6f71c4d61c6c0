import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { decodeFrames } from '../../../src/engine/frames.ts';
import type { LogFrame } from '../../../src/engine/port.ts';
import { collect, each, frame } from './fake-engine.ts';

const STREAMS = ['stdout', 'stdout', 'stderr', 'system'];

function split(bytes: Buffer, cuts: number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

/** Text of each stream, and the order in which streams spoke. */
function gist(frames: LogFrame[]): unknown {
  return frames.map(({ stream, data }) => `${stream}:${data.toString('hex')}`);
}

const someFrames = fc.array(
  fc.record({ type: fc.integer({ min: 0, max: 3 }), data: fc.uint8Array({ maxLength: 300 }) }),
  { maxLength: 20 },
);

describe('decodeFrames', () => {
  it('decodes any split of the stream to the same frames', async () => {
    await fc.assert(
      fc.asyncProperty(someFrames, fc.array(fc.nat(), { maxLength: 40 }), async (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(({ type, data }) => frame(type, Buffer.from(data))));
        const decoded = await collect(decodeFrames(each(split(bytes, cuts))));
        expect(gist(decoded)).toEqual(
          frames
            .filter(({ data }) => data.length > 0)
            .map(({ type, data }) => `${STREAMS[type] ?? ''}:${Buffer.from(data).toString('hex')}`),
        );
      }),
    );
  });

  it('passes a frame longer than the bound on in pieces that lose nothing, however it is split', async () => {
    await fc.assert(
      fc.asyncProperty(
        someFrames,
        fc.array(fc.nat(), { maxLength: 40 }),
        fc.integer({ min: 1, max: 64 }),
        async (frames, cuts, bound) => {
          const bytes = Buffer.concat(frames.map(({ type, data }) => frame(type, Buffer.from(data))));
          const decoded = await collect(decodeFrames(each(split(bytes, cuts)), bound));
          expect(Math.max(0, ...decoded.map(({ data }) => data.length))).toBeLessThanOrEqual(bound);
          expect(Buffer.concat(decoded.map(({ data }) => data))).toEqual(
            Buffer.concat(frames.map(({ data }) => Buffer.from(data))),
          );
        },
      ),
    );
  });

  it('knows the engine speaking (type 3), which docker-modem does not', async () => {
    const bytes = Buffer.concat([frame(1, 'a\n'), frame(3, 'Error grabbing logs: no'), frame(2, 'b\n')]);
    expect((await collect(decodeFrames(each([bytes])))).map(({ stream }) => stream)).toEqual([
      'stdout',
      'system',
      'stderr',
    ]);
  });

  it('takes very many frames in one chunk, and a long frame in tiny chunks, without recursion or quadratic copying', async (test) => {
    const small = frame(1, 'x'.repeat(72));
    let bytes = 0;
    for await (const { data } of decodeFrames(each([Buffer.concat(Array.from({ length: 200_000 }, () => small))])))
      bytes += data.length;
    expect(bytes).toBe(200_000 * 72);
    const long = frame(2, Buffer.alloc(1 << 20, 'y'));
    const pieces = Array.from({ length: Math.ceil(long.length / 16) }, (_, i) => long.subarray(i * 16, i * 16 + 16));
    const copies = vi.spyOn(Buffer.prototype, 'copy');
    const concats = vi.spyOn(Buffer, 'concat');
    test.onTestFinished(() => void vi.restoreAllMocks());
    expect((await collect(decodeFrames(each(pieces)))).map(({ data }) => data.length)).toEqual([1 << 20]);
    const copied = copies.mock.results.reduce((sum, { value }) => sum + (value as number), 0);
    expect([copied, concats.mock.calls.length]).toEqual([long.length, 0]);
  });

  it.each([
    ['an unknown type', Buffer.from([7, 0, 0, 0, 0, 0, 0, 1, 65])],
    ['text without frames', Buffer.from('hello, this is a terminal\n')],
    ['bytes where zeros must be', Buffer.from([1, 0, 9, 0, 0, 0, 0, 1, 65])],
  ])('refuses %s', async (_name, bytes) => {
    await expect(collect(decodeFrames(each([bytes])))).rejects.toMatchObject({ code: 'engine-error' });
  });

  it('gives what came of a frame that breaks off, then says so', async () => {
    const frames = decodeFrames(each([frame(1, 'whole'), frame(1, 'broken off').subarray(0, 12)]));
    expect((await frames.next()).value).toMatchObject({ data: Buffer.from('whole') });
    expect((await frames.next()).value).toMatchObject({ data: Buffer.from('brok') });
    await expect(frames.next()).rejects.toThrow('in the middle of a frame');
    await expect(collect(decodeFrames(each([Buffer.from([1, 0])])))).rejects.toThrow('in the middle of a frame');
  });
});
