import { BundleError } from '../errors.ts';

/**
 * An interruption as its command words it: what was stopped cannot know what was done before it.
 * @param told how the message goes on, and what to do next if the error itself does not say
 * @returns the error with these words if it is an interruption, else the error as it is
 */
export function interruptedWith(error: unknown, told: { words: string; hints?: string[] }): unknown {
  // A pause that is broken off throws an error of Node's, with the signal's reason as its cause.
  const interruption = error instanceof BundleError ? error : error instanceof Error ? error.cause : undefined;
  if (!(interruption instanceof BundleError) || interruption.code !== 'interrupted') return error;
  // An account of several lines is not gone on with in its last one.
  const between = interruption.message.includes('\n') ? '\n  ' : '; ';
  return new BundleError(interruption.code, `${interruption.message}${between}${told.words}`, {
    exit: interruption.exit,
    hints: interruption.hints.length > 0 ? interruption.hints : (told.hints ?? []),
    details: interruption.details,
  });
}

/** What was done, by count or by name, for a sentence: "made so far: a; b". */
export function soFar(verb: string, done: readonly string[]): string {
  return done.length === 0 ? `nothing was ${verb} yet` : `${verb} so far: ${done.join('; ')}`;
}
