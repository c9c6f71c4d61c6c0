/**
 * How far a release came: `started` (its run may have been killed), `deployed` (the swarm has its specs), `converged`
 * (every task ran and stayed), `verified` (they show what they must), `failed` (it did not converge, or verification
 * failed).
 */
export const RELEASE_STATES = ['started', 'deployed', 'converged', 'verified', 'failed'] as const;
export type ReleaseState = (typeof RELEASE_STATES)[number];

/** Every task ran and stayed, the better one first. */
export const GOOD_STATES = ['verified', 'converged'] as const satisfies readonly ReleaseState[];
export type GoodState = (typeof GOOD_STATES)[number];

/** The note of a release that ran and did not pass its checks. */
export const VERIFICATION_FAILED = 'verification-failed';

/** The note of a release whose tasks did not run, or did not stay. */
export const NOT_CONVERGED = 'not-converged';

/** The note of a release whose tasks ended again and again after it was found good. */
export const UNSTABLE = 'unstable';

/** Notes of failed releases whose tasks were all seen to run. */
export const RAN_AND_FAILED: readonly string[] = [VERIFICATION_FAILED, UNSTABLE];

/** What a release was at its best, if that is more than the state that it gets now. */
export function formerState(
  { state, was }: { state: ReleaseState; was?: GoodState | undefined },
  next: ReleaseState,
): GoodState | undefined {
  const best = GOOD_STATES.find((good) => good === state || good === was);
  return next === 'verified' || next === best ? undefined : best;
}
