import { EXIT } from '../errors.ts';

/** `unsure`: it was asked, and what came back does not tell. `not-run`: it was never asked. */
export type CheckStatus = 'passed' | 'failed' | 'unsure' | 'not-run';

/** A certificate that a server presented, or an authority's. */
export interface SeenCertificate {
  /** May be empty. */
  subject: string;
  /** Of its SAN extension: DNS names and addresses. */
  names: string[];
  /** Empty if bundle.lock.json tells of it only. */
  issuer: string;
  /** ISO 8601. */
  notAfter: string;
  /** Whole days; negative once it has expired. */
  daysLeft: number;
}

/** What a certificate is called in a text: those for hosts alone have an empty subject. */
export const certificateName = ({ subject, names }: Pick<SeenCertificate, 'subject' | 'names'>): string =>
  subject || names.join(', ') || 'no subject';

/** One thing looked at, on one task (or on the service, if a task is missing). */
export interface CheckResult {
  /** Short name, without the stack's. */
  service: string;
  /** Full task id; absent if there is no task. */
  task?: string;
  slot?: number;
  /** Host name of the task's node. */
  node?: string;
  /**
   * `tasks`, `stable`, `running`, `secrets`, `content`, `quorum`, `expiry`, `network`, or the name of a log or endpoint
   * expectation.
   */
  check: string;
  status: CheckStatus;
  /** Evidence of a pass, reason of anything else. Redacted. */
  detail: string;
  /** What to look at, or to do, if it failed or could not be told. */
  hint?: string;
  /** RFC 3339: when the line that is the evidence was written. */
  at?: string;
  /** Of a line of a log: it may have been in what the log has lost. Until all is known alone, see `provenLines`. */
  gone?: true;
  /** Of the server that was asked, whatever the verdict; of `expiry`, an authority's. */
  certificate?: SeenCertificate;
}

/** It passed, or there was nothing to ask. */
export const isFine = ({ status }: Pick<CheckResult, 'status'>): boolean => status === 'passed' || status === 'not-run';

/** What a check of a port comes to. */
export type CheckOutcome = Pick<CheckResult, 'status' | 'detail' | 'certificate'>;

export interface Verification {
  stack: string;
  results: CheckResult[];
  /** Checks that `--only` and `--skip` left out, one for each task. */
  leftOut: number;
  /** 0 all passed, 5 something failed, 7 nothing failed but something could not be told. */
  exit: typeof EXIT.done | typeof EXIT.verification | typeof EXIT.unsure;
}

/** The verdict over all results. What was not run counts for nothing; nothing looked at is nothing known. */
export function verification(stack: string, results: CheckResult[], leftOut = 0): Verification {
  const exit = results.some((result) => result.status === 'failed')
    ? EXIT.verification
    : results.every((result) => result.status === 'not-run') || results.some((result) => result.status === 'unsure')
      ? EXIT.unsure
      : EXIT.done;
  return { stack, results, leftOut, exit };
}
