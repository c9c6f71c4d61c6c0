import type { Clock } from '../converge/clock.ts';
import type { Engine, SwarmService, SwarmTask } from '../engine/port.ts';
import { quote } from '../ui/quote.ts';
import type { Redactor } from '../ui/redact.ts';
import { findLines } from './logs.ts';
import type { LineResult } from './logs.ts';
import type { CheckResult } from './result.ts';
import { secretFaults } from './secrets.ts';
import type { ExpectedMount } from './secrets.ts';

export interface TaskToCheck {
  /** Short name of the service. */
  name: string;
  service: SwarmService;
  task: SwarmTask;
  /** Host name of its node. */
  node: string | undefined;
  /** True where the swarm has no word from that node: the task may be dead. */
  away: boolean;
  logs: readonly { name: string; contains: string }[];
  withinSeconds: number;
  mounts: readonly ExpectedMount[] | undefined;
  forbidden: readonly string[];
}

export interface CheckOptions {
  /** The whole verification's end. */
  endsAt: number;
  clock: Clock;
  signal: AbortSignal;
  redactor: Redactor;
}

const EVIDENCE_LENGTH = 200;
/** However old the task, a line is waited for this long: a wrong clock must not make a young task look old. */
const LEAST_WAIT_MS = 15_000;
/** Kept at the end for a last read of the log. */
const LAST_READ_MS = 10_000;

/** Everything that one running task must show. */
export async function checkTask(engine: Pick<Engine, 'taskLogs'>, subject: TaskToCheck, options: CheckOptions): Promise<CheckResult[]> {
  const { task, logs } = subject;
  const deadline = lineDeadline(subject, options);
  const patterns = logs.map((log) => log.contains);
  const { clock, signal, endsAt, redactor } = options;
  const found = logs.length === 0 ? new Map<string, LineResult>() : await findLines(engine, task, patterns, {
    deadline, giveUpAt: endsAt, tty: subject.service.tty, clock, signal,
  });
  return [
    resultFor(subject, subject.away
      ? { check: 'running', status: 'unsure', detail: 'the swarm has no word from its node' }
      : { check: 'running', status: 'passed', detail: `since ${task.stateAt}` }),
    ...logs.map((log) => resultFor(subject, { check: log.name, ...lineVerdict(found.get(log.contains), log.contains, subject, redactor) })),
    ...secretResult(subject),
  ];
}

/** The fields that say which task a result is of. */
export function resultFor(
  subject: Pick<TaskToCheck, 'name' | 'task' | 'node'>, result: Pick<CheckResult, 'check' | 'status' | 'detail' | 'at'>,
): CheckResult {
  const { task, node } = subject;
  return {
    service: subject.name,
    task: task.id,
    ...(task.slot === undefined ? {} : { slot: task.slot }),
    ...(node === undefined ? {} : { node }),
    ...result,
  };
}

/** Lines must appear within a time of the task's start, as far as the node's clock and ours agree. */
function lineDeadline({ task, withinSeconds }: TaskToCheck, { clock, endsAt }: CheckOptions): number {
  const now = clock.now();
  const allowed = withinSeconds * 1000;
  const least = now + Math.min(allowed, LEAST_WAIT_MS);
  const wanted = Math.min(now + allowed, Math.max(Date.parse(task.stateAt) + allowed, least));
  return Math.min(wanted, endsAt - Math.min(LAST_READ_MS, (endsAt - now) / 4));
}

function lineVerdict(
  result: LineResult | undefined, pattern: string, { task, withinSeconds }: TaskToCheck, redactor: Redactor,
): Pick<CheckResult, 'status' | 'detail' | 'at'> {
  if (result === undefined) return { status: 'unsure', detail: 'not looked for' };
  const say = (text: string): string => (redactor.quotes ? redactor(text) : text);
  if (result.is === 'unsure') return { status: 'unsure', detail: say(result.reason) };
  if (result.is === 'missing') {
    return { status: 'failed', detail: `no line with "${pattern}" within ${String(withinSeconds)} s of its start: ${say(result.reason)}; docker service logs ${task.id} shows it` };
  }
  const at = result.time === undefined ? {} : { at: result.time };
  const detail = redactor.quotes ? quote(result.line, redactor, EVIDENCE_LENGTH, pattern) : `a line with "${pattern}"`;
  return { status: 'passed', detail, ...at };
}

function secretResult(subject: TaskToCheck): CheckResult[] {
  const { task, mounts, forbidden } = subject;
  if (mounts === undefined && forbidden.length === 0) return [];
  const faults = secretFaults(task, mounts, forbidden);
  if (faults.length > 0) return [resultFor(subject, { check: 'secrets', status: 'failed', detail: faults.join('; ') })];
  const names = task.secrets.map((mount) => mount.name).sort();
  const detail = names.length === 0 ? 'none, as it should be' : names.join(', ');
  return [resultFor(subject, { check: 'secrets', status: 'passed', detail })];
}
