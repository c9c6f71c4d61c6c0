import { filterDocument } from '../compose/filter.ts';
import { renderStack } from '../compose/render.ts';
import type { Plan } from '../plan/plan.ts';
import { EnsembleRoll } from './members.ts';
import { moveServices } from './move.ts';
import type { WavesOptions } from './options.ts';
import { sweepProbes } from './probe.ts';
import { refuseShrinking } from './refuse.ts';
import { ensembleWork } from './waves.ts';

export type { WavesOptions } from './options.ts';

/**
 * Deploys what the plan creates or updates, and nothing else: an unchanged service that is deployed again loses the specification it could be rolled back
 * to. First each ensemble of which members restart or are added, member by member, each proved by convergence and the ensemble's own probe; then all other
 * services in one call, which is not waited for. Removes no service.
 * @throws BundleError `ensemble-shrinks` (exit 3) before anything is done; `ensemble-not-ready` (exit 4) at the first member that does not come right, `interrupted` (exit 130)
 */
export async function deployInWaves(options: WavesOptions): Promise<void> {
  const { engine, plan, ensembles, converge, document, environment, onLine } = options;
  const { stack, clock, signal } = converge;
  refuseShrinking(ensembles, plan.services);
  const open = new Set(plan.services.filter(({ action }) => action === 'create' || action === 'update').map(({ name }) => name));
  const deadline = clock.now() + converge.timeoutMs;
  const deploy = async (services: readonly string[]): Promise<void> => {
    await moveServices(services, { ...options, deadline });
    for (const resolveImage of ['changed', 'always'] as const) {
      const names = services.filter((name) => resolution(name, plan) === resolveImage);
      if (names.length === 0) continue;
      const text = renderStack({ document: filterDocument(document, names), heading: [], comments: {} });
      await engine.deployStack(stack, text, { resolveImage, env: environment, onLine, ...(signal === undefined ? {} : { signal }) });
      for (const name of names) open.delete(name);
    }
  };
  const works = ensembles.flatMap((ensemble) => {
    const work = ensembleWork(ensemble, plan.services);
    return work === undefined ? [] : [{ ensemble, work }];
  });
  if (works.length > 0) await sweepProbes(engine, stack);
  for (const { ensemble, work } of works) await new EnsembleRoll(ensemble, work, { ...options, deploy, deadline }).run();
  if (open.size > 0) await deploy([...open]);
}

/**
 * Where the plan changes no image, the digest that runs stays: a tag that moved in the registry must not change what the plan did not show. Where it does,
 * docker has to ask, also because somebody may have changed the image by hand, which `changed` would keep (docker/cli, cli/command/stack/deploy_composefile.go).
 */
function resolution(service: string, plan: Plan): 'always' | 'changed' {
  const change = plan.services.find(({ name }) => name === service);
  return change?.changes.some(({ field }) => field === 'image') === true ? 'always' : 'changed';
}
