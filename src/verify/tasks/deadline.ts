import { runningSince } from '../../converge/needs.ts';
import type { SwarmTask } from '../../engine/port.ts';
import type { Clock } from '../../swarm/clock.ts';
import type { CheckOutcome } from '../result.ts';

/** However old the task, a line is waited for this long: its log may be late. */
const LEAST_WAIT_MS = 15_000;
/** Kept at the end for a last read of the log. */
const LAST_READ_MS = 10_000;
/** What is asked so late in a verification has no time to be asked again. */
const ENDING_MS = 15_000;

interface Expecting {
  task: Pick<SwarmTask, 'stateAt' | 'updatedAt' | 'createdAt'>;
  withinSeconds: number;
}

interface Until {
  clock: Clock;
  /** How far the managers' clock is ahead of ours, in ms: tasks bear its times. */
  ahead: number;
  /** The whole verification's end. */
  endsAt: number;
}

/**
 * When a task began to run, by our clock. Agents report a task anew after an election, and it looks younger then: it is
 * given more time, never less.
 */
const startedAt = ({ task }: Expecting, { ahead }: Pick<Until, 'ahead'>): number => runningSince(task) - ahead;

/** Until when, by our clock, what is expected must come: within a time of the task's start. */
export function deadlineOf(expecting: Expecting, until: Until): number {
  const { clock, endsAt } = until;
  const now = clock.now();
  const allowed = expecting.withinSeconds * 1000;
  const least = now + Math.min(allowed, LEAST_WAIT_MS);
  const wanted = Math.min(now + allowed, Math.max(startedAt(expecting, until) + allowed, least));
  return Math.min(wanted, endsAt - Math.min(LAST_READ_MS, (endsAt - now) / 4));
}

/** Whether it may still be starting. */
export function isYoung(expecting: Expecting, until: Pick<Until, 'clock' | 'ahead'>): boolean {
  return until.clock.now() < startedAt(expecting, until) + expecting.withinSeconds * 1000;
}

/** Whether the verification ends before the time that a task has; never of one that has run for longer than that. */
export function isCutShort(expecting: Expecting, until: Until): boolean {
  const { clock, endsAt } = until;
  const now = clock.now();
  const hasUntil = Math.min(now, startedAt(expecting, until)) + expecting.withinSeconds * 1000;
  return hasUntil > endsAt - Math.min(ENDING_MS, (endsAt - now) / 2);
}

/** What failed and may still come right: the time that was up is the verification's, and not the task's. */
export function notYet(outcome: CheckOutcome, withinSeconds: number): CheckOutcome {
  if (outcome.status !== 'failed') return outcome;
  const detail = `${outcome.detail}; it may still be starting, for ${withinSeconds} s at most: verify again then`;
  return { ...outcome, status: 'unsure', detail };
}
