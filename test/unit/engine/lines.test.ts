import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines, type LineOptions, type LogLine } from '../../../src/engine/lines.ts';
import type { LogFrame } from '../../../src/engine/port.ts';
import { collect, each } from './fake-engine.ts';

const T1 = '2026-11-21T00:58:53.618842886Z';
const T2 = '2026-11-21T00:58:54.000000001+02:00';

function lines(frames: [LogFrame['stream'], string | Buffer][], options?: LineOptions): Promise<LogLine[]> {
  return collect(readLines(each(frames.map(([stream, data]) => ({ stream, data: Buffer.from(data) }))), options));
}

describe('readLines', () => {
  it('keeps each stream to itself and puts a line together over frames', async () => {
    expect(await lines([['stdout', 'a'], ['stderr', 'E1\nE'], ['stdout', 'b\r\n\nc'], ['stderr', '2\n'], ['system', 'away']])).toEqual([
      { stream: 'stderr', text: 'E1' },
      { stream: 'stdout', text: 'ab' },
      { stream: 'stdout', text: '' },
      { stream: 'stderr', text: 'E2' },
      { stream: 'stdout', text: 'c' },
      { stream: 'system', text: 'away' },
    ]);
  });

  it('gives the same lines for any split, characters of several bytes included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')), { minLength: 1 }), fc.array(fc.nat(), { maxLength: 30 }), async (texts, cuts) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const found = await lines(at.slice(1).map((end, i) => ['stdout', bytes.subarray(at[i], end)]));
        expect(found.map(({ text }) => text)).toEqual(texts.map((text) => Buffer.from(text).toString()));
      }),
    );
  });

  it('cuts a line at the bound, drops its rest, and goes on with the next', async () => {
    expect(await lines([['stdout', '12345'], ['stdout', '678'], ['stdout', '9\nnext\n'], ['stdout', '1234']], { maxLine: 4 })).toEqual([
      { stream: 'stdout', text: '1234', truncated: true },
      { stream: 'stdout', text: 'next' },
      { stream: 'stdout', text: '1234' },
    ]);
  });

  it('takes the time off each message, also one that continues a line', async () => {
    expect(await lines([['stdout', `${T1} first half, `], ['system', 'no time here\n'], ['stdout', `${T2} second half\n`], ['stdout', `${T2} \n`]], { timestamps: true })).toEqual([
      { stream: 'system', text: 'no time here' },
      { stream: 'stdout', text: 'first half, second half', time: T1 },
      { stream: 'stdout', text: '', time: T2 },
    ]);
  });

  it('takes the time off the start of a line only, where a terminal wrote without frames', async () => {
    const text = `${T1} one\r\n${T2} two ${T1} \r\n`;
    expect(await lines([['stdout', text.slice(0, 10)], ['stdout', text.slice(10, 50)], ['stdout', text.slice(50)]], { timestamps: true, tty: true })).toEqual([
      { stream: 'stdout', text: 'one', time: T1 },
      { stream: 'stdout', text: `two ${T1} `, time: T2 },
    ]);
  });

  it('leaves a time alone that nobody asked for', async () => {
    expect(await lines([['stdout', `${T1} x\n`]])).toEqual([{ stream: 'stdout', text: `${T1} x` }]);
  });

  it('takes a line of many small frames in linear time', async () => {
    const started = performance.now();
    const [line] = await lines(Array.from({ length: 200_000 }, () => ['stdout', 'xx']));
    expect(line?.text.length).toBe(400_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
