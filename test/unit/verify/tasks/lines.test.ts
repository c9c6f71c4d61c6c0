import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrames } from '../../../../src/engine/frames.ts';
import { Lines, type LinesOptions, type LogLine } from '../../../../src/verify/tasks/lines.ts';
import { collect, each, frame } from '../../engine/fake-engine.ts';

const T1 = '2026-11-21T00:58:53.618842886Z';
const T2 = '2026-11-21T00:58:54.000000001+02:00';

function linesOf(frames: ['stdout' | 'stderr', string | Buffer][], options: Partial<LinesOptions> = {}): LogLine[] {
  const found: LogLine[] = [];
  const lines = new Lines({ timestamps: false, tty: false, ...options }, (line) => found.push(line));
  for (const [stream, data] of frames) lines.push({ stream, data: Buffer.from(data) });
  lines.end();
  return found;
}

function split(bytes: Buffer, cuts: number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

const oneLine = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/[\r\n]/g, ''));

describe('Lines', () => {
  it('keeps each stream to itself and puts a line together over frames', () => {
    expect(
      linesOf([
        ['stdout', 'a'],
        ['stderr', 'E1\nE'],
        ['stdout', 'b\n\nc'],
        ['stderr', '2\n'],
      ]).map(({ text }) => text),
    ).toEqual(['E1', 'ab', '', 'E2', 'c']);
  });

  it('gives the same lines for any way in which the stream is cut, characters of several bytes included', async () => {
    const record = fc.record({ stream: fc.constantFrom(1, 2), text: oneLine });
    await fc.assert(
      fc.asyncProperty(
        fc.array(record),
        fc.array(fc.nat(), { maxLength: 40 }),
        fc.integer({ min: 1, max: 64 }),
        async (records, cuts, maxPiece) => {
          const bytes = Buffer.concat(records.map(({ stream, text }) => frame(stream, `${T1} ${text}\n`)));
          const found: LogLine[] = [];
          const lines = new Lines({ timestamps: true, tty: false }, (line) => found.push(line));
          for (const { stream, data } of await collect(decodeFrames(each(split(bytes, cuts)), maxPiece)))
            if (stream !== 'system') lines.push({ stream, data });
          lines.end();
          expect(found).toEqual(records.map(({ text }) => ({ text: Buffer.from(text).toString(), time: T1 })));
        },
      ),
    );
  });

  it('takes the time off each record, also one that continues a line', () => {
    expect(
      linesOf(
        [
          ['stdout', `${T1} first half, `],
          ['stdout', `${T2} second half\n`],
          ['stdout', `${T2} \n`],
        ],
        { timestamps: true },
      ),
    ).toEqual([
      { text: 'first half, second half', time: T1 },
      { text: '', time: T2 },
    ]);
  });

  it('takes the time off the start of a line only, where a terminal wrote without frames', () => {
    const text = `${T1} one\n${T2} two ${T1} \n`;
    expect(
      linesOf(
        [
          ['stdout', text.slice(0, 10)],
          ['stdout', text.slice(10, 50)],
          ['stdout', text.slice(50)],
        ],
        { timestamps: true, tty: true },
      ),
    ).toEqual([
      { text: 'one', time: T1 },
      { text: `two ${T1} `, time: T2 },
    ]);
  });

  describe('of a line that is too long to hold', () => {
    const long = Array.from({ length: 40_000 }, (_, at) => `w${at}`).join(' ');
    const records = (text: string): ['stdout', string][] =>
      (text.match(/.{1,16384}\n?/gs) ?? []).map((record) => ['stdout', `${T1} ${record}`]);

    it('gives parts that overlap, and says that they are parts', () => {
      const found = linesOf([...records(`${long}\n`), ['stdout', `${T2} next\n`]], { timestamps: true });
      expect(found.pop()).toEqual({ text: 'next', time: T2 });
      expect(found.length).toBeGreaterThan(3);
      expect(found.every(({ part, time }) => part === true && time === T1)).toBe(true);
      expect(found[0]?.text.slice(-4096)).toBe(found[1]?.text.slice(0, 4096));
    });

    it('gives its beginning alone, once, to who shows it', () => {
      const found = linesOf([...records(`${long}\n`), ['stdout', `${T2} next\n`], ...records(long)], {
        timestamps: true,
        upTo: 100_000,
      });
      const part = { text: long.slice(0, 100_000 - T1.length - 1), time: T1, part: true };
      expect(found).toEqual([part, { text: 'next', time: T2 }, part]);
    });

    it('takes one that is just as long as it may be for whole', () => {
      for (const upTo of [undefined, 64 * 1024])
        expect(linesOf([['stdout', `${'x'.repeat(64 * 1024)}\ny`]], upTo === undefined ? {} : { upTo })).toEqual([
          { text: 'x'.repeat(64 * 1024) },
          { text: 'y' },
        ]);
    });
  });
});
