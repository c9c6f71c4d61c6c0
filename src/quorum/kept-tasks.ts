import { isEndpointField } from '../plan/diff.ts';
import { isJobService, swarmWants } from '../swarm/current-tasks.ts';
import type { WavesOptions } from './options.ts';

type Options = Pick<WavesOptions, 'engine' | 'plan' | 'onStep' | 'converge'>;

/**
 * Carries out a deployment, and has the swarm replace the tasks that it would keep with the ports of before. If of a
 * task's specification nothing but the placement differs, and its node still fits, swarmkit takes it for up to date, and
 * does not look at the ports then (manager/orchestrator/task.go, IsTaskDirty; its own word is the `_up-to-date` filter).
 * The placement differs in nearly every first update: what the registry said of platforms stands in it, and goes with a
 * deployment that does not ask the registry again. Seen on 20.10 and 28.
 * @param names of services that are deployed, by the document's keys
 */
export async function withNewPorts(
  names: readonly string[],
  options: Options,
  deploy: () => Promise<void>,
): Promise<void> {
  const { engine, plan, onStep } = options;
  const { stack } = options.converge;
  const changed = plan.services.filter(
    ({ name, action, changes }) =>
      action === 'update' && names.includes(name) && changes.some(({ field }) => isEndpointField(field)),
  );
  if (changed.length === 0) return deploy();
  const before = new Set((await engine.tasks({ stack, wanted: true })).map(({ id }) => id));
  await deploy();
  const [live, tasks] = await Promise.all([engine.services({ stack }), engine.tasks({ stack, upToDate: true })]);
  const kept = new Set(tasks.filter((task) => before.has(task.id) && swarmWants(task)).map((task) => task.serviceId));
  for (const { name } of changed) {
    const service = live.find((each) => each.name === `${stack}_${name}`);
    if (service === undefined || isJobService(service) || !kept.has(service.id)) continue;
    onStep(`· replace the task of ${name}: by itself the swarm would keep it, with the ports of before`);
    await engine.replaceTasks(service);
  }
}
