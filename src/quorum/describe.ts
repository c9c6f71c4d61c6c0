import type { Ensemble, RollingGroup } from '../sdk/definition.ts';
import type { Plan } from '../plan/changes.ts';
import { wavesOf } from './stages.ts';

type DescribedEnsemble = Pick<Ensemble, 'title' | 'services'> & {
  policy: Pick<Ensemble['policy'], 'grow' | 'last'>;
};

/** What `deployInWaves` will do, a line for each stage; empty if there is nothing to deploy. */
export function describeWaves(
  plan: Plan,
  ensembles: readonly DescribedEnsemble[],
  rolling: readonly RollingGroup[],
): string[] {
  const { works, rest, groups } = wavesOf(plan, ensembles, rolling);
  const ofEnsembles = works.flatMap(({ ensemble, work }) => {
    if (work.unasked) return [`deploy ${work.create.flat().join(', ')} (${ensemble.title}), waited for`];
    const create = work.create.map((wave) => `create ${wave.join(', ')} (${ensemble.title})`);
    const { last } = ensemble.policy;
    const order =
      work.restart.length === 1
        ? ''
        : `: one after the other, those that are not well first${last === undefined ? '' : `, ${last} last`}`;
    const restart = work.restart.length === 0 ? [] : [`update ${work.restart.join(', ')} (${ensemble.title})${order}`];
    return work.first === 'create' ? [...create, ...restart] : [...restart, ...create];
  });
  const ofGroups = groups.map(
    ({ group, restart }) =>
      `update ${restart.join(', ')} ` +
      `(${group.title})${restart.length === 1 ? '' : ': one after the other, those that are not well first'}`,
  );
  return [...ofEnsembles, ...(rest.length === 0 ? [] : [`deploy ${rest.join(', ')} in one call`]), ...ofGroups];
}
