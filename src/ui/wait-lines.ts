import type { ProgressLine, Reporter } from './reporter.ts';

/** How long something has been waited for, and how long it will be at most. */
export interface Waited {
  elapsedMs: number;
  timeoutMs: number;
}

/** Without a terminal the wait is told so often, in ms: a log says that it goes on, and is not filled by it. */
const EVERY_MS = 30_000;
const MOST_NAMED = 3;

/** Tells what is waited for, and for how long yet: the last line of a block, or a line now and then in a pipe. */
export class WaitLines {
  readonly #reporter: Reporter;
  #told = 0;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /**
   * Shows one moment of the wait.
   * @param lines of the block on a terminal
   * @param open what is waited for
   */
  show(lines: readonly ProgressLine[], open: readonly string[], waited: Waited): void {
    const reporter = this.#reporter;
    if (reporter.live) {
      const text = `${waitedText(waited)} for ${named(open)}`;
      reporter.progress(open.length === 0 ? lines : [...lines, { name: 'waiting', text, state: 'waiting' }]);
      return;
    }
    // Another wait has begun.
    if (waited.elapsedMs < this.#told) this.#told = 0;
    if (open.length === 0 || waited.elapsedMs - this.#told < EVERY_MS) return;
    this.#told = waited.elapsedMs;
    reporter.detail(`waiting for ${named(open)}: ${waitedText(waited)}`);
  }
}

/** `0:42 of 5:00` */
export function waitedText({ elapsedMs, timeoutMs }: Waited): string {
  return `${minutes(Math.min(elapsedMs, timeoutMs))} of ${minutes(timeoutMs)}`;
}

function minutes(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}

function named(open: readonly string[]): string {
  const more = open.length - MOST_NAMED;
  return [...open.slice(0, MOST_NAMED), ...(more > 0 ? [`${String(more)} more`] : [])].join('; ');
}
