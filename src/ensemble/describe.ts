import type { Ensemble } from '../../stacks/definition.ts';
import type { Plan } from '../plan/plan.ts';
import { ensembleWork } from './waves.ts';

/** What `deployInWaves` will do, a line for each stage; empty where there is nothing to deploy. */
export function describeWaves(plan: Plan, ensembles: readonly Pick<Ensemble, 'title' | 'services'>[]): string[] {
  const open = new Set(plan.services.filter(({ action }) => action === 'create' || action === 'update').map(({ name }) => name));
  const lines = ensembles.flatMap((ensemble) => {
    const work = ensembleWork(ensemble, plan.services);
    if (work === undefined) return [];
    for (const name of [...work.create.flat(), ...work.restart]) open.delete(name);
    const create = work.create.map((wave) => `create ${wave.join(', ')} (${ensemble.title})`);
    const order = work.restart.length === 1 ? '' : ': one after the other, those that are not well first, the leader last';
    const restart = work.restart.length === 0 ? [] : [`update ${work.restart.join(', ')} (${ensemble.title})${order}`];
    return work.first === 'create' ? [...create, ...restart] : [...restart, ...create];
  });
  return open.size === 0 ? lines : [...lines, `deploy ${[...open].join(', ')} in one call`];
}
