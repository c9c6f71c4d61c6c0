import type { Engine, SwarmTask } from '../engine/port.ts';
import { quote } from '../ui/quote.ts';
import type { Redactor } from '../ui/redact.ts';
import { withheldNotice } from '../ui/redact.ts';
import { mayHaveLog } from '../swarm/log-advice.ts';
import { TIMED_OUT, within } from '../swarm/clock.ts';
import type { Clock } from '../swarm/clock.ts';

const LINES = 10;
const LINE_LENGTH = 300;
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
  const text = await within(read, TIME_LIMIT_MS, options.clock).catch(() => '');
  stop.abort();
  if (text === TIMED_OUT) return [];
  return text
    .split('\n')
    .map((line) => quote(line, options.redactor, LINE_LENGTH))
    .filter((line) => line !== '')
    .slice(-LINES);
}

async function readAll(
  engine: Pick<Engine, 'taskLogs'>,
  task: SwarmTask,
  tty: boolean,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const frame of engine.taskLogs(task.id, { follow: false, tail: LINES, signal, tty })) {
    if (frame.stream !== 'system') chunks.push(frame.data);
  }
  return Buffer.concat(chunks).toString('utf8');
}
