import type { SwarmTask } from '../../engine/port.ts';
import type { Clock } from '../../swarm/clock.ts';
import type { CheckOutcome } from '../result.ts';

/** However old the task, a line is waited for this long: a wrong clock must not make a young task look old. */
const LEAST_WAIT_MS = 15_000;
/** Kept at the end for a last read of the log. */
const LAST_READ_MS = 10_000;
/** What is asked so late in a verification has no time to be asked again. */
const ENDING_MS = 15_000;

interface Expecting {
  task: Pick<SwarmTask, 'stateAt'>;
  withinSeconds: number;
}

interface Until {
  clock: Clock;
  /** The whole verification's end. */
  endsAt: number;
}

/** What is expected must come within a time of the task's start, as far as the node's clock and ours agree. */
export function deadlineOf({ task, withinSeconds }: Expecting, { clock, endsAt }: Until): number {
  const now = clock.now();
  const allowed = withinSeconds * 1000;
  const least = now + Math.min(allowed, LEAST_WAIT_MS);
  const wanted = Math.min(now + allowed, Math.max(Date.parse(task.stateAt) + allowed, least));
  return Math.min(wanted, endsAt - Math.min(LAST_READ_MS, (endsAt - now) / 4));
}

/** Whether it may still be starting. */
export function isYoung({ task, withinSeconds }: Expecting, { clock }: Pick<Until, 'clock'>): boolean {
  return clock.now() < Date.parse(task.stateAt) + withinSeconds * 1000;
}

/** Whether the verification ends before the time that a task has; never of one that has run for longer than that. */
export function isCutShort({ task, withinSeconds }: Expecting, { clock, endsAt }: Until): boolean {
  return (
    Math.min(clock.now(), Date.parse(task.stateAt)) + withinSeconds * 1000 >
    endsAt - Math.min(ENDING_MS, (endsAt - clock.now()) / 2)
  );
}

/** What failed and may still come right: the time that was up is the verification's, and not the task's. */
export function notYet(outcome: CheckOutcome, withinSeconds: number): CheckOutcome {
  if (outcome.status !== 'failed') return outcome;
  const detail = `${outcome.detail}; it may still be starting, for ${withinSeconds} s at most: verify again then`;
  return { ...outcome, status: 'unsure', detail };
}
