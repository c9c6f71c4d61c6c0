import { Block } from './block.ts';
import type { Style } from './style.ts';
import { createStyle } from './style.ts';

/** One line of a progress block. */
export interface ProgressLine {
  /** Says which line it is from one call to the next. */
  name: string;
  text: string;
  state: 'waiting' | 'done' | 'failed';
}

/** What the user is told while a command works: on stderr, never the result itself. */
export interface Reporter {
  readonly style: Style;
  /** True if `progress` redraws: a terminal. */
  readonly live: boolean;
  /** A step begins or an event happened; silent with --quiet. */
  step(text: string): void;
  /** Detail of a step, indented; silent with --quiet. */
  detail(text: string): void;
  /** Something the user should know even with --quiet. */
  warn(text: string): void;
  /**
   * Shows the state of several things at once: redrawn on a terminal, one line per change in a pipe. Silent with
   * --quiet.
   */
  progress(lines: readonly ProgressLine[]): void;
  /** Leaves the last progress block standing; what follows is written below it. */
  endProgress(): void;
}

export interface ReporterOptions {
  stream: NodeJS.WriteStream;
  quiet: boolean;
  color: boolean;
}

/** The reporter of a command. A terminal gets a block that redraws, anything else plain lines. */
export function createReporter({ stream, quiet, color }: ReporterOptions): Reporter {
  const style = createStyle(stream, { color });
  const live = stream.isTTY && !quiet && process.env['TERM'] !== 'dumb';
  const block = new Block(stream);
  const shown = new Map<string, string>();

  const line = (text: string): void => {
    block.clear();
    stream.write(`${text}\n`);
    block.redraw();
  };
  return {
    style,
    live,
    step: (text) => {
      if (!quiet) line(text);
    },
    detail: (text) => {
      if (!quiet)
        line(
          text
            .split('\n')
            .map((part) => `  ${part}`)
            .join('\n'),
        );
    },
    warn: (text) => {
      line(`${style.yellow('warning:')} ${text}`);
    },
    progress: (lines) => {
      if (quiet) return;
      if (live) {
        block.draw(lines.map((one) => draw(one, lines, style)));
        return;
      }
      for (const one of lines) {
        const text = `${one.name}: ${one.text}`;
        if (shown.get(one.name) === text) continue;
        shown.set(one.name, text);
        stream.write(`  ${text}\n`);
      }
    },
    endProgress: () => {
      block.release();
      shown.clear();
    },
  };
}

function draw(line: ProgressLine, all: readonly ProgressLine[], style: Style): string {
  const width = Math.max(...all.map((one) => one.name.length));
  const mark = { waiting: style.cyan('…'), done: style.green('✔'), failed: style.red('✘') }[line.state];
  return `  ${mark} ${line.name.padEnd(width)}  ${line.state === 'waiting' ? line.text : style.dim(line.text)}`;
}

/** Where a reporter writes: standard error, or what a test gives for it. */
export interface Terminal {
  stderr: (text: string) => void;
  terminal?: NodeJS.WriteStream;
  quiet: boolean;
  color: boolean;
}

/** The reporter on a command's standard error. */
export function reporterOf({ terminal, stderr, quiet, color }: Terminal): Reporter {
  // Callers that gave a function only have no terminal.
  const plain = { isTTY: false, write: (text: string) => (stderr(text), true) } as unknown as NodeJS.WriteStream;
  return createReporter({ stream: terminal ?? plain, quiet, color });
}
