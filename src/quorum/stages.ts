import type { RollingGroup } from '../sdk/definition.ts';
import type { Plan } from '../plan/changes.ts';
import type { GroupWork } from './group.ts';

/** Services that a deployment creates or updates, in the plan's order. */
export function toDeploy(plan: Plan): string[] {
  return plan.services.filter(({ action }) => action === 'create' || action === 'update').map(({ name }) => name);
}

/** Services that restart at the same moment, be they members of an ensemble: the plan says so. */
export function restartingAtOnce(plan: Plan): string[] {
  return plan.restarts.flatMap(({ how, services }) => (how === 'at-once' ? services.map(({ name }) => name) : []));
}

/** The groups that the plan rolls, in its order, with what restarts of each. */
export function groupWorks(plan: Plan, rolling: readonly RollingGroup[]): GroupWork[] {
  return plan.restarts.flatMap(({ group: wanted, services }) => {
    const group = rolling.find(({ name }) => name === wanted);
    return group === undefined ? [] : [{ group, restart: services.map(({ name }) => name) }];
  });
}
