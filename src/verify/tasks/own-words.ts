import { lastLines } from '../../converge/log-tail.ts';
import type { SwarmTask, TaskEngine } from '../../engine/port.ts';
import type { Clock } from '../../swarm/clock.ts';
import type { Redactor } from '../../ui/redact.ts';

const QUOTED_LINES = 5;

/**
 * The last lines of a task's log, redacted, to follow a verdict; empty if there are none, or they cannot be had in a
 * short time.
 */
export async function ownWords(
  engine: Pick<TaskEngine, 'taskLogs'>,
  task: SwarmTask,
  options: { tty: boolean; clock: Clock; redactor: Redactor },
): Promise<string> {
  const lines = await lastLines(engine, task, options);
  return lines.length === 0 ? '' : `; its last lines: ${lines.slice(-QUOTED_LINES).join(' | ')}`;
}
