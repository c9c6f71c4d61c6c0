import { BundleError, EXIT } from '../errors.ts';
import type { SwarmTask } from '../engine/port.ts';

/** How the wait for one service ended; every kind but `converged` is a failure. */
export type OutcomeKind =
  | 'converged'
  | 'missing'
  | 'rolled-back'
  | 'update-paused'
  | 'unplaceable'
  | 'port-conflict'
  | 'port-taken'
  | 'node-lost'
  | 'image'
  | 'network'
  | 'disk'
  | 'bind-source'
  | 'secret-missing'
  | 'start-error'
  | 'unhealthy'
  | 'killed'
  | 'crash-loop'
  /** It starts well and ends again and again. */
  | 'unstable'
  | 'gave-up'
  | 'deadline'
  /** Undecided when another service's failure ended the wait. */
  | 'unfinished';

export interface Outcome {
  /** Short name, without the stack's. */
  service: string;
  kind: OutcomeKind;
  /** One sentence or two: what is the matter, in the swarm's own words if it has any. */
  text: string;
  /** What to do next, one line each. */
  hints: string[];
  /** Host name of the task's node. */
  node?: string;
  /** Full id of the task that shows it. */
  task?: string;
  /** Last lines of that task's log, redacted; empty if there are none. */
  logLines: string[];
}

/** What a judge found; the loop adds node name and log lines. */
export interface ConvergeFinding {
  kind: Exclude<OutcomeKind, 'converged'>;
  text: string;
  hints?: string[];
  task?: SwarmTask;
}

export type Verdict =
  | { is: 'converged'; text: string; /** No reason to wait, but worth knowing. */ warning?: string }
  | { is: 'waiting'; phase: string; /** It converges after so long, ms, if nothing happens. */ restMs?: number }
  | { is: 'failed'; finding: ConvergeFinding };

/** What to do about an unstable service, while it is what was deployed last. */
export const UNSTABLE_ADVICE = 'fix the cause, or use `bundle rollback`, to the last release that stayed up';

/** The failures among the outcomes, as the error to end with (exit 4); undefined if all converged. */
export function convergenceError(stack: string, outcomes: readonly Outcome[]): BundleError | undefined {
  const failed = outcomes.filter((outcome) => outcome.kind !== 'converged');
  if (failed.length === 0) return undefined;
  const causes = failed.filter((outcome) => outcome.kind !== 'unfinished');
  const hints = [...new Set((causes.length > 0 ? causes : failed).flatMap((outcome) => outcome.hints))];
  return new BundleError(
    'not-converged',
    [
      `${stack}: ${String(failed.length)} of ${String(outcomes.length)} services do not run as they should`,
      ...failed.map(describe),
    ].join('\n'),
    {
      exit: EXIT.notConverged,
      hints,
      midway: causes.some(({ kind }) => kind === 'unstable') ? [UNSTABLE_ADVICE] : [],
      details: { outcomes },
    },
  );
}

function describe(outcome: Outcome): string {
  const where = outcome.node === undefined ? '' : ` on ${outcome.node}`;
  const task = outcome.task === undefined ? '' : ` (task ${outcome.task.slice(0, 12)}${where})`;
  return [`  ${outcome.service}: ${outcome.text}${task}`, ...outcome.logLines.map((line) => `    | ${line}`)].join(
    '\n',
  );
}
