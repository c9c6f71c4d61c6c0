import { describe, expect, it } from 'vitest';
import { createReporter } from '../../../src/ui/reporter.ts';
import { WaitLines, waitedText } from '../../../src/ui/wait-lines.ts';

function setUp(isTTY: boolean) {
  const written: string[] = [];
  const stream = {
    isTTY,
    columns: 100,
    rows: 24,
    write: (text: string) => (written.push(text), true),
  } as unknown as NodeJS.WriteStream;
  return { written, wait: new WaitLines(createReporter({ stream, quiet: false, color: false })) };
}

describe('how long is waited yet', () => {
  it.each([
    [42_000, 300_000, '0:42 of 5:00'],
    [0, 59_999, '0:00 of 0:59'],
    [61_000, 3_600_000, '1:01 of 60:00'],
    [301_500, 300_000, '5:00 of 5:00'],
  ])('%i of %i ms', (elapsedMs, timeoutMs, expected) => {
    expect(waitedText({ elapsedMs, timeoutMs })).toBe(expected);
  });

  it('stands below the block on a terminal, with what is waited for; not once nothing is', () => {
    const { written, wait } = setUp(true);
    const line = { name: 'app', text: '1/2 ok', state: 'waiting' } as const;
    wait.show([line], ['app https', 'b TLS', 'c x', 'd y', 'e z'], { elapsedMs: 42_000, timeoutMs: 300_000 });
    expect(written.join('')).toContain('… waiting  0:42 of 5:00 for app https; b TLS; c x; 2 more\n');
    wait.show([line], [], { elapsedMs: 43_000, timeoutMs: 300_000 });
    expect(written.at(-1)).not.toContain('waiting');
  });

  it('is a line each half minute in a pipe, of each wait anew', () => {
    const { written, wait } = setUp(false);
    const times = [1, 29, 30, 31, 59, 60, 61, 2, 31];
    for (const seconds of times) wait.show([], ['app https'], { elapsedMs: seconds * 1000, timeoutMs: 300_000 });
    expect(written).toEqual(['0:30', '1:00', '0:31'].map((time) => `  waiting for app https: ${time} of 5:00\n`));
  });
});
