import { WriteStream } from 'node:tty';
import { describe, expect, test, vi } from 'vitest';
import { createReporter } from '../../../src/ui/reporter.ts';
import { createStyle, widthOf } from '../../../src/ui/style.ts';
import { table } from '../../../src/ui/table.ts';

/** A stream that remembers, and where it is a terminal what would stand on its screen. */
function stream({ isTTY = false, columns = 60, rows = 10 } = {}) {
  let written = '';
  const fake = {
    isTTY,
    columns,
    rows,
    writable: true,
    write: (text: string) => {
      written += text;
      return true;
    },
    getColorDepth: () => WriteStream.prototype.getColorDepth(),
    on: () => fake,
    once: () => fake,
    emit: () => true,
    end: () => fake,
  };
  const screen = (): string[] => {
    const lines: string[] = [''];
    for (const [, up, erase, text] of written.matchAll(/\u001b\[(\d+)A|(\u001b\[0J)|(\u001b\[[0-9;]*m|[^\u001b])/gs)) {
      if (up !== undefined) lines.length -= Number(up);
      else if (erase !== undefined) lines[lines.length - 1] = '';
      else if (text === '\n') lines.push('');
      else lines[lines.length - 1] += text ?? '';
    }
    return lines.slice(0, -1);
  };
  return { stream: fake as unknown as NodeJS.WriteStream, written: () => written, screen };
}

const waiting = (name: string, text: string) => ({ name, text, state: 'waiting' as const });

describe('in a pipe', () => {
  test('one line per event, and no escape sequence', () => {
    const out = stream();
    const reporter = createReporter({ stream: out.stream, quiet: false, color: true });
    reporter.step('deploying prod');
    reporter.progress([waiting('a', 'starting'), waiting('b', 'starting')]);
    reporter.progress([waiting('a', 'starting'), { name: 'b', text: '1 of 1 running', state: 'done' }]);
    reporter.endProgress();
    reporter.detail('one\ntwo');
    expect(out.written()).toBe('deploying prod\n  a: starting\n  b: starting\n  b: 1 of 1 running\n  one\n  two\n');
  });

  test('quiet says only what must be known', () => {
    const out = stream();
    const reporter = createReporter({ stream: out.stream, quiet: true, color: false });
    reporter.step('deploying prod');
    reporter.detail('more');
    reporter.progress([waiting('a', 'starting')]);
    reporter.warn('the token expires');
    expect(out.written()).toBe('warning: the token expires\n');
  });
});

describe('on a terminal', () => {
  test('the block is redrawn in place, and other lines go above it', () => {
    const out = stream({ isTTY: true });
    const reporter = createReporter({ stream: out.stream, quiet: false, color: false });
    reporter.step('waiting');
    reporter.progress([waiting('app', 'starting'), waiting('db', 'starting')]);
    reporter.warn('slow');
    reporter.progress([
      { name: 'app', text: 'steady', state: 'done' },
      { name: 'db', text: 'failed', state: 'failed' },
    ]);
    reporter.endProgress();
    reporter.step('after');
    expect(out.screen()).toEqual(['waiting', 'warning: slow', '  ✔ app  steady', '  ✘ db   failed', 'after']);
  });

  test('long lines and long lists are cut, so that redrawing stays right', () => {
    const out = stream({ isTTY: true, columns: 30, rows: 5 });
    const reporter = createReporter({ stream: out.stream, quiet: false, color: false });
    const lines = Array.from({ length: 9 }, (_, i) => waiting(`s${String(i)}`, 'preparing '.repeat(9)));
    reporter.progress(lines);
    reporter.progress(lines);
    expect(out.screen()).toHaveLength(4);
    for (const line of out.screen()) expect(widthOf(line)).toBeLessThan(30);
    expect(out.screen().at(-1)).toBe('  … and 6 more');
  });
});

describe('style', () => {
  test('is plain in a pipe, with NO_COLOR, and with --no-color', () => {
    for (const name of ['FORCE_COLOR', 'CI', 'TMUX']) vi.stubEnv(name, undefined);
    vi.stubEnv('TERM', 'xterm');
    vi.stubEnv('NO_COLOR', undefined);
    expect(createStyle(stream().stream).red('x')).toBe('x');
    expect(createStyle(stream({ isTTY: true }).stream, { color: false }).red('x')).toBe('x');
    expect(createStyle(stream({ isTTY: true }).stream).bold('x')).toBe('\u001b[1mx\u001b[22m');
    vi.stubEnv('NO_COLOR', '1');
    expect(createStyle(stream({ isTTY: true }).stream).red('x')).toBe('x');
    vi.unstubAllEnvs();
  });
});

describe('table', () => {
  test('aligns columns and ignores colours', () => {
    expect(
      table([
        ['NAME', 'STATE', 'X'],
        ['\u001b[31ma\u001b[39m', 'long state', ''],
        ['bc', '', 'end'],
      ]),
    ).toBe('NAME  STATE       X\n\u001b[31ma\u001b[39m     long state\nbc                end');
  });
});
