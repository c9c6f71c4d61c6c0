import type { Engine, SwarmTask } from '../../engine/port.ts';
import type { Clock } from '../../swarm/clock.ts';
import { duration } from '../../converge/window.ts';
import { BundleError, messageOf } from '../../errors.ts';
import { mayBeGone, unreadable, type LogRead } from './log-driver.ts';
import { logRemedy, type LogPlace } from './log-stream.ts';
import { readLog, type ReadEnd, type ReadOptions } from './read-log.ts';
import { Search, type LineResult } from './search.ts';

export interface FindOptions {
  /** A line that is not there yet is waited for until then. */
  deadline: number;
  /** Nothing is read any more after this; at least the deadline. */
  giveUpAt: number;
  tty: boolean;
  /** For what is told if it cannot be read. */
  place?: LogPlace | undefined;
  /** Runs a read when its turn comes; waiting for a line takes none. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Called for each pattern as soon as a line with it is seen. */
  onFound?: ((pattern: string, result: LineResult) => void) | undefined;
}

const IDLE_MS = 10_000;
const RETRY_MS = 1_000;
const TRIES = 3;
/** An engine that restarts is back by then, or it stays away; as in the wait for convergence. */
const AWAY_MS = 30_000;
/** More is not read twice: swarm gives 5 to 20 MB of log a second. */
const REREAD_BYTES = 1_000_000;
/** Records of two streams, and clocks, are not quite in order. */
const OVERLAP_MS = 2_000;
/**
 * So many records at the end of a log are found at once, where those since some time take a look at all (30 s and more
 * for 1 GB).
 */
const TAILS = [1_000, 100_000] as const;

/**
 * Looks for substrings anywhere in a task's log, on either stream. Reads what is there first, to its end: for an absent
 * node only that gives an answer; follows only to wait for a line that is not there yet.
 */
export async function findLines(
  engine: Pick<Engine, 'taskLogs'>,
  task: SwarmTask,
  patterns: readonly string[],
  options: FindOptions,
): Promise<Map<string, LineResult>> {
  const search = new Search(patterns, options.onFound);
  const nothing = unreadable(task);
  if (nothing !== undefined) return search.results({ is: 'unsure', reason: nothing });
  const { clock, signal } = options;
  let known: Known | undefined;
  let awaySince: number | undefined;
  for (let tries = 1; ;) {
    const before = known;
    const end = await options.inTurn(() => readAll(engine, task, search, options, before));
    if (end.is === 'enough') return search.results();
    awaySince = end.is === 'away' ? (awaySince ?? clock.now()) : undefined;
    const until = awaySince === undefined ? options.deadline : Math.min(awaySince + AWAY_MS, options.giveUpAt);
    const patient = clock.now() + RETRY_MS < until;
    if (end.is !== 'ended') {
      if (end.is === 'late' || !patient || tries >= TRIES)
        return search.results({ is: 'unsure', reason: why(end, options.place) });
      if (end.is !== 'away') tries += 1;
      await clock.sleep(RETRY_MS, signal);
      continue;
    }
    known = added(known, end);
    if (!patient) return search.results(absent(task, known));
    const followed = await attempt(engine, task, search, options, {
      follow: true,
      until: options.deadline,
      idleMs: Infinity,
      ...newer(known, TAILS[1]),
    });
    if (followed.is === 'enough') return search.results();
    // The follow was cut short, or silent to the deadline: only another read to the end tells. A pause where it ended
    // at once.
    if (followed.is !== 'late' && clock.now() + RETRY_MS < options.deadline) await clock.sleep(RETRY_MS, signal);
  }
}

/** What was read from the log's beginning on without a gap, and where to go on. */
interface Known extends LogRead {
  /** RFC 3339, of the last line. */
  lastTime?: string | undefined;
}

/** Read again from the beginning, or gone on with. */
function added(known: Known | undefined, read: Known): Known {
  if (known === undefined || sinceOf(known) === undefined) return read;
  return {
    ...read,
    bytes: known.bytes + read.bytes,
    records: known.records + read.records,
    firstTime: known.firstTime,
    lastTime: read.lastTime ?? known.lastTime,
  };
}

/** From when on a log is read that is too big to be read again; undefined for one that is not. */
function sinceOf(known: Known | undefined): string | undefined {
  if (known?.lastTime === undefined || known.bytes < REREAD_BYTES) return undefined;
  return new Date(Date.parse(known.lastTime) - OVERLAP_MS).toISOString();
}

/** Reads a log to its end: all of it, or what is not known yet. */
async function readAll(
  engine: Pick<Engine, 'taskLogs'>,
  task: SwarmTask,
  search: Search,
  options: FindOptions,
  known: Known | undefined,
): Promise<ReadEnd> {
  const once = { follow: false, until: options.giveUpAt, idleMs: IDLE_MS };
  if (sinceOf(known) === undefined) return attempt(engine, task, search, options, once);
  // A terminal's log has no records to count.
  for (const tail of options.tty ? [] : TAILS) {
    const end = await attempt(engine, task, search, options, { ...once, ...newer(known, tail) });
    if (end.is !== 'ended' || end.records < tail) return end;
  }
  return attempt(engine, task, search, options, { ...once, ...newer(known), idleMs: Infinity });
}

/** Of a big log what is not known yet, as far as the last `tail` records hold it. */
function newer(known: Known | undefined, tail?: number): Pick<ReadOptions, 'since' | 'tail'> {
  const since = sinceOf(known);
  return since === undefined ? {} : { since, tail };
}

async function attempt(
  engine: Pick<Engine, 'taskLogs'>,
  task: SwarmTask,
  search: Search,
  options: FindOptions,
  how: Pick<ReadOptions, 'follow' | 'until' | 'idleMs' | 'since' | 'tail'>,
): Promise<ReadEnd> {
  const { tty, clock, signal } = options;
  try {
    return await readLog(engine, task.id, { ...how, tty, clock, signal, onLine: (line) => search.take(line) });
  } catch (error) {
    signal?.throwIfAborted();
    const away =
      error instanceof BundleError && (error.code === 'engine-unreachable' || error.code === 'engine-not-manager');
    return { is: away ? 'away' : 'refused', words: messageOf(error) };
  }
}

function why(end: ReadEnd, place: LogPlace | undefined): string {
  switch (end.is) {
    case 'away':
      return `the engine could not read the log: ${end.words}; verify again when it answers`;
    case 'refused':
      return `the engine could not read the log: ${end.words}; ${logRemedy(end.words, place)}`;
    case 'silent':
      return (
        `the engine gave nothing of the log for ${duration(IDLE_MS)}; the node may be cut off: look at it, and ` +
        'verify again'
      );
    default:
      return 'the time was up while the log was still being read; give it longer (--timeout)';
  }
}

function absent(task: SwarmTask, read: LogRead): LineResult {
  const gone = mayBeGone(task, read);
  if (gone !== undefined) return { is: 'unsure', reason: gone, gone: true };
  return { is: 'missing', reason: read.bytes === 0 ? 'the task has written nothing' : 'no such line in the whole log' };
}
