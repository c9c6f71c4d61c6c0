import type { Ensemble, QuorumRefusal } from '../sdk/definition.ts';
import { BundleError, EXIT } from '../errors.ts';
import { NODE_FIELD } from '../plan/diff.ts';
import type { Plan } from '../plan/changes.ts';

type Group = Pick<Ensemble, 'title' | 'services' | 'isMember'> & {
  policy: Pick<Ensemble['policy'], 'shrink' | 'fixed'>;
};

/** The members that a plan takes away from a group. */
export function leavingMembers({ isMember }: Pick<Group, 'isMember'>, { services }: Pick<Plan, 'services'>): string[] {
  return services.filter(({ name, action }) => action === 'remove' && isMember(name)).map(({ name }) => name);
}

/**
 * What the rules of a quorum group forbid of a plan: members that are taken away, and properties that never change.
 * @param ignore names of checks whose findings do not count: whoever ignores that a volume stays behind knows that the
 *   member has its data where it goes, or has lost it
 * @returns the first such thing, as `ensemble-shrinks` or `ensemble-fixed` (exit 3)
 */
export function forbiddenBy(
  ensembles: readonly Group[],
  plan: Pick<Plan, 'services'>,
  ignore: readonly string[] = [],
): BundleError | undefined {
  for (const group of ensembles) {
    const changed = fixedChange(group, plan, ignore);
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
export function refuseForbidden(
  ensembles: readonly Group[],
  plan: Pick<Plan, 'services'>,
  ignore: readonly string[],
): void {
  const error = forbiddenBy(ensembles, plan, ignore);
  if (error !== undefined) throw error;
}

/** The first property that must not change and does, with what it would become. */
function fixedChange(
  { title, services, policy }: Group,
  plan: Pick<Plan, 'services'>,
  ignore: readonly string[],
): (QuorumRefusal & { text: string }) | undefined {
  for (const { name, changes } of plan.services) {
    if (!services.includes(name)) continue;
    for (const { field, from, to } of changes) {
      const fixed = policy.fixed.find((each) => each.field === field);
      if (fixed === undefined || (field === NODE_FIELD && ignore.includes('placement-move'))) continue;
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
