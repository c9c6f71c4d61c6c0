import type { Engine, SwarmTask } from '../engine/port.ts';
import type { Clock } from '../converge/clock.ts';
import { duration } from '../converge/window.ts';
import { messageOf } from '../errors.ts';
import { withoutEscapes } from '../ui/quote.ts';
import type { LogLine } from './lines.ts';
import { readLog } from './read-log.ts';
import type { ReadEnd } from './read-log.ts';

export type LineResult =
  | { is: 'found'; line: string; time?: string }
  /** The log was read to its end and does not have it. */
  | { is: 'missing'; reason: string }
  /** The log could not be read, or its beginning is gone. */
  | { is: 'unsure'; reason: string };

export interface FindOptions {
  /** A line that is not there yet is waited for until then. */
  deadline: number;
  /** Nothing is read any more after this; at least the deadline. */
  giveUpAt: number;
  tty: boolean;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

const IDLE_MS = 10_000;
const RETRY_MS = 1_000;
const TRIES = 3;
/** A log that begins so long after its task, and is not tiny, has lost its beginning to rotation. */
const LATE_BEGINNING_MS = 30_000;
const ROTATED_BYTES = 16 * 1024;

/**
 * Looks for substrings anywhere in a task's log, on either stream. Reads what is there first, to its end: for an absent
 * node only that gives an answer; follows only to wait for a line that is not there yet.
 */
export async function findLines(
  engine: Pick<Engine, 'taskLogs'>, task: SwarmTask, patterns: readonly string[], options: FindOptions,
): Promise<Map<string, LineResult>> {
  const search = new Search(patterns);
  const unreadable = logDriver(task) === 'none' ? 'its log driver is "none", which keeps nothing to read' : undefined;
  if (unreadable !== undefined) return search.results(() => ({ is: 'unsure', reason: unreadable }));
  const { clock, signal } = options;
  for (let tries = 1; ; ) {
    search.begin();
    const end = await attempt(engine, task, search, options, { follow: false, until: options.giveUpAt, idleMs: IDLE_MS });
    if (end.is === 'enough') return search.results();
    const patient = clock.now() + RETRY_MS < options.deadline;
    if (end.is !== 'ended') {
      if (end.is === 'late' || !patient || tries >= TRIES) return search.results(() => ({ is: 'unsure', reason: why(end) }));
      tries += 1;
      await clock.sleep(RETRY_MS, signal);
      continue;
    }
    if (!patient) return search.results(() => absent(task, search.firstTime, end.bytes));
    const followed = await attempt(engine, task, search, options, { follow: true, until: options.deadline, idleMs: Infinity });
    if (followed.is === 'enough') return search.results();
    // The follow was cut short, or silent to the deadline: only another read to the end tells. A pause where it ended at once.
    if (followed.is !== 'late' && clock.now() + RETRY_MS < options.deadline) await clock.sleep(RETRY_MS, signal);
  }
}

async function attempt(
  engine: Pick<Engine, 'taskLogs'>, task: SwarmTask, search: Search, options: FindOptions,
  how: { follow: boolean; until: number; idleMs: number },
): Promise<ReadEnd> {
  const { tty, clock, signal } = options;
  try {
    return await readLog(engine, task.id, { ...how, tty, clock, signal, onLine: (line) => search.take(line) });
  } catch (error) {
    signal?.throwIfAborted();
    return { is: 'refused', words: messageOf(error) };
  }
}

/** The patterns still looked for, and those found. */
class Search {
  firstTime: string | undefined;
  readonly #patterns: readonly string[];
  readonly #found = new Map<string, LogLine>();

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns;
  }

  begin(): void {
    this.firstTime = undefined;
  }

  /** True once everything is found. */
  take(line: LogLine): boolean {
    this.firstTime ??= line.time;
    const text = withoutEscapes(line.text);
    for (const pattern of this.#patterns) {
      if (!this.#found.has(pattern) && text.includes(pattern)) this.#found.set(pattern, { ...line, text });
    }
    return this.#found.size === new Set(this.#patterns).size;
  }

  results(otherwise?: () => LineResult): Map<string, LineResult> {
    return new Map(this.#patterns.map((pattern): [string, LineResult] => {
      const line = this.#found.get(pattern);
      if (line !== undefined) return [pattern, { is: 'found', line: line.text, ...(line.time === undefined ? {} : { time: line.time }) }];
      return [pattern, otherwise?.() ?? { is: 'unsure', reason: 'not looked for' }];
    }));
  }
}

function why(end: ReadEnd): string {
  switch (end.is) {
    case 'refused': return `the engine could not read the log: ${end.words}`;
    case 'silent': return `the engine gave nothing of the log for ${duration(IDLE_MS)}; the node may be cut off`;
    default: return 'the time was up while the log was still being read';
  }
}

function absent(task: SwarmTask, firstTime: string | undefined, bytes: number): LineResult {
  if (bytes === 0) return { is: 'missing', reason: 'the task has written nothing' };
  const gap = firstTime === undefined ? 0 : Date.parse(firstTime) - Date.parse(task.stateAt);
  if (gap > LATE_BEGINNING_MS && bytes > ROTATED_BYTES) {
    return { is: 'unsure', reason: `the log begins ${duration(gap)} after the task's start: its first lines were rotated away` };
  }
  return { is: 'missing', reason: 'no such line in the whole log' };
}

function logDriver(task: SwarmTask): string | undefined {
  return (task.spec as { LogDriver?: { Name?: string } | null }).LogDriver?.Name;
}
