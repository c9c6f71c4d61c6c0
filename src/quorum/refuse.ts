import type { Ensemble, QuorumRefusal } from '../sdk/definition.ts';
import { BundleError, EXIT } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';

type Group = Pick<Ensemble, 'title' | 'services' | 'isMember'> & {
  policy: Pick<Ensemble['policy'], 'shrink' | 'fixed'>;
};

/** The members that a plan takes away from a group. */
export function leavingMembers({ isMember }: Pick<Group, 'isMember'>, { services }: Pick<Plan, 'services'>): string[] {
  return services.filter(({ name, action }) => action === 'remove' && isMember(name)).map(({ name }) => name);
}

/**
 * What the rules of a quorum group forbid of a plan: members that are taken away, and properties that never change.
 * @returns the first such thing, as `ensemble-shrinks` or `ensemble-fixed` (exit 3)
 */
export function forbiddenBy(ensembles: readonly Group[], plan: Pick<Plan, 'services'>): BundleError | undefined {
  for (const group of ensembles) {
    const changed = fixedChange(group, plan);
    if (changed !== undefined) return refused('ensemble-fixed', changed.text, changed);
    const leaving = leavingMembers(group, plan);
    const { title, services, policy } = group;
    const refusal = leaving.length === 0 ? undefined : policy.shrink(leaving, services);
    if (refusal === undefined) continue;
    return refused(
      'ensemble-shrinks',
      `${title} would shrink from ${services.length + leaving.length} to ${services.length} servers (without ` +
        `${leaving.join(', ')}): ${refusal.why}`,
      refusal,
    );
  }
  return undefined;
}

/** @throws BundleError `ensemble-shrinks` or `ensemble-fixed` (exit 3) if the rules of a group forbid the plan */
export function refuseForbidden(ensembles: readonly Group[], plan: Pick<Plan, 'services'>): void {
  const error = forbiddenBy(ensembles, plan);
  if (error !== undefined) throw error;
}

/** The first property that must not change and does, with what it would become. */
function fixedChange(
  { title, services, policy }: Group,
  plan: Pick<Plan, 'services'>,
): (QuorumRefusal & { text: string }) | undefined {
  for (const { name, changes } of plan.services) {
    if (!services.includes(name)) continue;
    for (const { field, from, to } of changes) {
      const fixed = policy.fixed.find((each) => each.field === field);
      if (fixed === undefined) continue;
      const { what, why, hint } = fixed;
      // A plan shows no values of the environment.
      const way = from === undefined || to === undefined ? '' : ` from ${from} to ${to}`;
      return { why, hint, text: `${title}: ${what} of ${name} would change${way}: ${why}` };
    }
  }
  return undefined;
}

const refused = (code: string, text: string, { hint }: QuorumRefusal): BundleError =>
  new BundleError(code, text, { exit: EXIT.preflight, hints: [hint] });
