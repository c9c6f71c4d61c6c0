import type { Ensemble } from '../sdk/definition.ts';
import { BundleError, EXIT } from '../errors.ts';
import type { ServiceChange } from '../plan/plan.ts';

/**
 * A member that leaves takes its vote along while the others still count on it, and what only the leaving ones have is
 * lost: no order of filtered documents makes that safe.
 * @throws BundleError `ensemble-shrinks` (exit 3) where the plan would remove members
 */
export function refuseShrinking(
  ensembles: readonly Pick<Ensemble, 'title' | 'services' | 'isMember'>[],
  changes: readonly ServiceChange[],
): void {
  for (const { title, services, isMember } of ensembles) {
    const leaving = changes.filter(({ name, action }) => action === 'remove' && isMember(name)).map(({ name }) => name);
    if (leaving.length === 0) continue;
    throw new BundleError(
      'ensemble-shrinks',
      `${title} would shrink from ${services.length + leaving.length} to ${services.length} servers (without ` +
        `${leaving.join(', ')}): a deployment does not do that, since votes and data would be lost with them`,
      {
        exit: EXIT.preflight,
        hints: [
          `put the number of servers back, or take the servers away by hand first: this bundle's README.md says how`,
        ],
      },
    );
  }
}
