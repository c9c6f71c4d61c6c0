import { EXIT } from '../errors.ts';

export type CheckStatus = 'passed' | 'failed' | 'unsure';

/** One thing looked at, on one task (or on the service, where a task is missing). */
export interface CheckResult {
  /** Short name, without the stack's. */
  service: string;
  /** Full task id; absent where there is no task. */
  task?: string;
  slot?: number;
  /** Host name of the task's node. */
  node?: string;
  /** `tasks`, `running`, `secrets`, or the name of a log expectation. */
  check: string;
  status: CheckStatus;
  /** Evidence of a pass, reason of anything else. Redacted. */
  detail: string;
  /** RFC 3339: when the line that is the evidence was written. */
  at?: string;
}

export interface Verification {
  stack: string;
  results: CheckResult[];
  /** 0 all passed, 5 something failed, 7 nothing failed but something could not be told. */
  exit: typeof EXIT.done | typeof EXIT.verification | typeof EXIT.unsure;
}

/** The verdict over all results. Nothing looked at is nothing known. */
export function verification(stack: string, results: CheckResult[]): Verification {
  const exit = results.some((result) => result.status === 'failed') ? EXIT.verification
    : results.length === 0 || results.some((result) => result.status === 'unsure') ? EXIT.unsure
    : EXIT.done;
  return { stack, results, exit };
}
