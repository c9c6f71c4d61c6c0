import type { RollingGroup } from '../sdk/definition.ts';
import type { Plan } from '../plan/changes.ts';
import type { GroupWork } from './group.ts';
import { ensembleWork, type EnsembleWork, type WorkGroup } from './waves.ts';

/** Services that a deployment creates or updates, in the plan's order. */
export function toDeploy(plan: Plan): string[] {
  return plan.services.filter(({ action }) => action === 'create' || action === 'update').map(({ name }) => name);
}

/** Services that restart at the same moment, be they members of an ensemble: the plan says so. */
export function restartingAtOnce(plan: Plan): string[] {
  return plan.restarts.flatMap(({ how, services }) => (how === 'at-once' ? services.map(({ name }) => name) : []));
}

/**
 * What is done to each quorum group member by member. Members that restart at the same moment are left to that, and those
 * that are created beside them too: nobody could prove them before.
 */
export function ensembleWorks<Group extends WorkGroup>(
  plan: Plan,
  ensembles: readonly Group[],
): { ensemble: Group; work: EnsembleWork }[] {
  const joint = restartingAtOnce(plan);
  const others = plan.services.filter(({ name }) => !joint.includes(name));
  return ensembles.flatMap((ensemble) => {
    const work = ensembleWork(ensemble, others);
    const left = work?.restart.length === 0 && ensemble.services.some((name) => joint.includes(name));
    return work === undefined || left ? [] : [{ ensemble, work }];
  });
}

/** The groups that the plan rolls, in its order, with what restarts of each. */
export function groupWorks(plan: Plan, rolling: readonly RollingGroup[]): GroupWork[] {
  return plan.restarts.flatMap(({ group: wanted, services }) => {
    const group = rolling.find(({ name }) => name === wanted);
    return group === undefined ? [] : [{ group, restart: services.map(({ name }) => name) }];
  });
}
