import { BundleError } from '../errors.ts';

/** What ends work from outside: a signal, alone or in the middle of `docker stack deploy`, and the loss of the lock. */
const CODES = ['interrupted', 'deploy-interrupted', 'lock-lost'];

/** What is added to an interruption. */
export interface Told {
  /** How the message goes on if it does not say all. */
  words?: string | undefined;
  /** What to do next, if the error itself does not say. */
  hints?: string[];
}

/**
 * An interruption as its command words it: what was stopped cannot know what was done before it.
 * @returns the error with these words if it is an interruption, else the error as it is
 */
export function interruptedWith(error: unknown, told: Told): unknown {
  if (!(error instanceof BundleError) || !CODES.includes(error.code)) return error;
  const { code, message, exit, hints, details } = error;
  const parts = told.words === undefined ? [message] : [message, told.words];
  // An account of several lines is not gone on with in its last one.
  return new BundleError(code, parts.join(parts.some((part) => part.includes('\n')) ? '\n' : '; '), {
    exit,
    hints: hints.length > 0 ? hints : (told.hints ?? []),
    details,
    cause: error,
  });
}

/** A deployment that was interrupted. */
interface Stopped {
  /** The release that it brings back. */
  rollbackOf?: number;
}

/** How it is gone on with. */
export const againHints = ({ rollbackOf }: Stopped): string[] => [
  rollbackOf === undefined
    ? 'run the same command again: it goes on where this one stopped'
    : '`bundle rollback` with the same options goes on where this one stopped',
];

/** How to learn whether it works. Of a rollback `bundle verify` can tell nothing: bundle.yaml is of what was left. */
export const lookHints = (stopped: Stopped): string[] =>
  stopped.rollbackOf === undefined
    ? ['`bundle verify` waits, tells whether it works, and writes that down too if it does']
    : againHints(stopped);

/**
 * How the rest is tidied up once its release is marked. The same rollback, run again, would leave what it brought back.
 */
export const leftHints = (stopped: Stopped): string[] =>
  stopped.rollbackOf === undefined ? againHints(stopped) : ['the next deployment removes what is left'];

/** What was done, by count or by name, for a sentence: "made so far: a; b". */
export function soFar(verb: string, done: readonly string[]): string {
  return done.length === 0 ? `nothing was ${verb} yet` : `${verb} so far: ${done.join('; ')}`;
}
