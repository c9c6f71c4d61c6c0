import type { Ensemble, RollingGroup } from '../sdk/definition.ts';
import type { Plan } from '../plan/changes.ts';
import { ensembleWorks, groupWorks, toDeploy } from './stages.ts';

type DescribedEnsemble = Pick<Ensemble, 'title' | 'services'> & {
  policy: Pick<Ensemble['policy'], 'grow' | 'last'>;
};

/** What `deployInWaves` will do, a line for each stage; empty if there is nothing to deploy. */
export function describeWaves(
  plan: Plan,
  ensembles: readonly DescribedEnsemble[],
  rolling: readonly RollingGroup[],
): string[] {
  const open = new Set(toDeploy(plan));
  const ofEnsembles = ensembleWorks(plan, ensembles).flatMap(({ ensemble, work }) => {
    for (const name of [...work.create.flat(), ...work.restart]) open.delete(name);
    const create = work.create.map((wave) => `create ${wave.join(', ')} (${ensemble.title})`);
    const { last } = ensemble.policy;
    const order =
      work.restart.length === 1
        ? ''
        : `: one after the other, those that are not well first${last === undefined ? '' : `, ${last} last`}`;
    const restart = work.restart.length === 0 ? [] : [`update ${work.restart.join(', ')} (${ensemble.title})${order}`];
    return work.first === 'create' ? [...create, ...restart] : [...restart, ...create];
  });
  const ofGroups = groupWorks(plan, rolling).map(({ group, restart }) => {
    for (const name of restart) open.delete(name);
    return (
      `update ${restart.join(', ')} ` +
      `(${group.title})${restart.length === 1 ? '' : ': one after the other, those that are not well first'}`
    );
  });
  return [...ofEnsembles, ...(open.size === 0 ? [] : [`deploy ${[...open].join(', ')} in one call`]), ...ofGroups];
}
