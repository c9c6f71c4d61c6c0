/** Exit codes of the `bundle` command; documented in README.md and never renumbered. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  preflight: 3,
  notConverged: 4,
  verification: 5,
  pending: 6,
  unsure: 7,
  held: 8,
  interrupted: 130,
  terminated: 143,
} as const;

/** What each of them means, in few words: help and the reference print them. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'failed',
  2: 'wrong usage or invalid bundle',
  3: 'a check failed',
  4: 'did not converge',
  5: 'verification failed',
  6: 'changes pending',
  7: 'verification could not tell',
  8: 'held by another operator or the swarm changed',
  130: 'interrupted',
  143: 'terminated',
};

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface BundleErrorOptions {
  /** What the process exits with. */
  exit?: ExitCode;
  /** What the user can do next, one line each. */
  hints?: string[];
  /** As `hints`, after them: what is right only while a deployment stands in its middle, and not once it went back. */
  midway?: string[];
  cause?: unknown;
  /** Facts for `--json`, never a secret value. */
  details?: unknown;
}

/**
 * An error that is the user's or the world's, not a bug of ours: printed without a stack trace.
 * The message names the object and says why; hints say what to do next.
 */
export class BundleError extends Error {
  readonly code: string;
  readonly exit: ExitCode;
  /** All of them. */
  readonly hints: string[];
  /** Those of `hints` that are right only while a deployment stands in its middle. */
  readonly midway: string[];
  readonly details: unknown;

  constructor(code: string, message: string, options: BundleErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BundleError';
    this.code = code;
    this.exit = options.exit ?? EXIT.failed;
    this.midway = options.midway ?? [];
    this.hints = [...new Set([...(options.hints ?? []), ...this.midway])];
    this.details = options.details;
  }
}

/** The same error with more that can be done next; anything but a BundleError as it is. */
export function withMoreHints(error: unknown, more: readonly string[]): unknown {
  if (!(error instanceof BundleError) || more.length === 0) return error;
  const { code, message, exit, midway, details } = error;
  const hints = [...error.hints.filter((hint) => !midway.includes(hint)), ...more];
  return new BundleError(code, message, { exit, hints, midway, details, cause: error });
}

/** Shorthand for wrong usage or an invalid bundle (exit 2). */
export function usageError(code: string, message: string, hints: string[] = [], details?: unknown): BundleError {
  return new BundleError(code, message, { exit: EXIT.usage, hints, details });
}

/** The text of anything thrown, for use inside another message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
