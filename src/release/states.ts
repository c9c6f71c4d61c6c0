/**
 * How far a release came: `started` (its run may have been killed), `deployed` (the swarm has its specs), `converged`
 * (every task ran and stayed), `verified` (they show what they must), `failed` (it did not converge, or verification
 * failed).
 */
export const RELEASE_STATES = ['started', 'deployed', 'converged', 'verified', 'failed'] as const;
export type ReleaseState = (typeof RELEASE_STATES)[number];
