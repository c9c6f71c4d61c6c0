import type { Engine, LogFrame, SwarmTask } from '../engine/port.ts';
import { Lines, LONGEST_SHOWN } from '../verify/tasks/lines.ts';
import { quote } from '../ui/quote.ts';
import type { Redactor } from '../ui/redact.ts';
import { withheldNotice } from '../ui/redact.ts';
import { mayHaveLog } from '../swarm/log-advice.ts';
import { TIMED_OUT, within } from '../swarm/clock.ts';
import type { Clock } from '../swarm/clock.ts';

const LINES = 10;
const LINE_LENGTH = 300;
const NEWLINE = 0x0a;
/** A node that was cut off and is not yet marked down never answers; one that is busy may be late. */
const TIME_LIMIT_MS = 7_000;

/** The last lines a task wrote, ready to print; none if they cannot be had in a short time. */
export async function lastLines(
  engine: Pick<Engine, 'taskLogs'>,
  task: SwarmTask,
  options: { tty: boolean; clock: Clock; redactor: Redactor },
): Promise<string[]> {
  if (!mayHaveLog(task)) return [];
  if (!options.redactor.quotes) return [withheldNotice(task.id, options.redactor)];
  const stop = new AbortController();
  const read = readAll(engine, task, options.tty, stop.signal);
  const texts = await within(read, TIME_LIMIT_MS, options.clock).catch(() => []);
  stop.abort();
  if (texts === TIMED_OUT) return [];
  return texts
    .map((line) => quote(line, options.redactor, LINE_LENGTH))
    .filter((line) => line !== '')
    .slice(-LINES);
}

async function readAll(
  engine: Pick<Engine, 'taskLogs'>,
  task: SwarmTask,
  tty: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const frames: OutputFrame[] = [];
  for await (const { stream, data } of engine.taskLogs(task.id, { follow: false, tail: LINES + 1, signal, tty }))
    if (stream !== 'system') frames.push({ stream, data });
  const texts: string[] = [];
  const lines = new Lines({ timestamps: false, tty, upTo: LONGEST_SHOWN }, ({ text }) => texts.push(text));
  for (const frame of tty ? frames : fromLineStart(frames)) lines.push(frame);
  lines.end();
  return texts;
}

type OutputFrame = LogFrame & { stream: 'stdout' | 'stderr' };

/**
 * A line over 16 KiB is several records, and the tail may begin in the middle of one, and of a secret: if there may be
 * records before, the line of the first one is left out.
 */
function fromLineStart(frames: readonly OutputFrame[]): readonly OutputFrame[] {
  if (frames.length <= LINES) return frames;
  const stream = frames[0]?.stream;
  const end = frames.findIndex((frame) => frame.stream === stream && frame.data.at(-1) === NEWLINE);
  return frames.filter((frame, at) => frame.stream !== stream || (end !== -1 && at > end));
}
