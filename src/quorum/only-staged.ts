import type { Ensemble } from '../sdk/definition.ts';
import type { Plan } from '../plan/changes.ts';
import { leavingMembers } from './refuse.ts';
import { wavesOf } from './stages.ts';
import { membersOf } from './waves.ts';

type Group = Pick<Ensemble, 'title' | 'services' | 'isMember'> & { policy: Pick<Ensemble['policy'], 'grow'> };

/**
 * Why a plan may only be carried out in stages, which `bundle deploy` does and one `docker stack deploy` does not:
 * software must be told of a secret, or members of a quorum group come, restart or go one after the other, each proved.
 * Pure.
 * @returns a reason each; none if one call does the same
 */
export function onlyStaged(plan: Pick<Plan, 'services' | 'restarts' | 'told'>, ensembles: readonly Group[]): string[] {
  return [
    ...(plan.told ?? []).map(
      ({ secret, what, later = false }) =>
        `${secret} becomes ${what}, and what runs must be told so ${later ? 'once every task runs' : 'first'}`,
    ),
    ...wavesOf(plan, ensembles, []).works.map(
      ({ ensemble, work }) => `${membersOf(work).join(', ')} of ${ensemble.title} must start in turn, not all at once`,
    ),
    ...ensembles.flatMap((ensemble) => {
      const leaving = leavingMembers(ensemble, plan);
      return leaving.length === 0
        ? []
        : [`${leaving.join(', ')} of ${ensemble.title} may go only if the others, asked right before, miss nothing`];
    }),
  ];
}
