import type { LockedSecret } from '../bundle/lock.ts';
import { BundleError, EXIT } from '../errors.ts';
import { SET_CLOCK, type Moment } from './clock.ts';

export const CLOCKS_APART = 'clocks-apart';

/**
 * Why nothing is issued while two clocks are apart: one of these certificates, new ones or those that they replace, is
 * valid by one clock, and not yet by the other. What a clock that is ahead issues is refused by all that it is for, and
 * by one that is behind a sound certificate would be replaced. Pure.
 * @param certificates with their keys in bundle.lock.json
 * @returns undefined if the clocks agree on each, or only one is known; else the error, exit 3
 */
export function clocksFault(
  certificates: readonly (readonly [secret: string, entry: Pick<LockedSecret, 'facts'> | undefined])[],
  { here, there = here }: Moment,
): BundleError | undefined {
  for (const [secret, entry] of certificates) {
    const from = Date.parse(entry?.facts.notBefore ?? '');
    const [byOurs, byTheirs] = [from <= here.getTime(), from <= there.getTime()];
    if (byOurs === byTheirs) continue;
    const [ours, theirs] = [
      `this machine’s clock (${here.toISOString()})`,
      `the swarm manager’s (${there.toISOString()})`,
    ];
    const [one, other] = byOurs ? [ours, theirs] : [theirs, ours];
    return new BundleError(
      CLOCKS_APART,
      `no certificate is issued while two clocks are apart: "${secret}" is valid from ${new Date(from).toISOString()}, ` +
        `which is past by ${one} and not yet by ${other}`,
      { exit: EXIT.preflight, hints: [SET_CLOCK, 'then run the same command again: nothing was changed'] },
    );
  }
  return undefined;
}
