import type { SwarmTask, TaskEngine } from '../engine/port.ts';
import { currentTasks } from './current-tasks.ts';

/** What a job beside a running service goes by. */
export type RunningService = Pick<SwarmTask, 'image' | 'secrets'> & { constraints: string[] };

/**
 * The image of one of these services that runs, digest and all, with its secrets and its node, so that nothing has to
 * be pulled for a job; rather one whose node takes new tasks. Undefined if none runs.
 * @param names short names
 */
export async function runningService(
  engine: TaskEngine,
  stack: string,
  names: readonly string[],
): Promise<RunningService | undefined> {
  const [services, tasks, nodes] = await Promise.all([
    engine.services({ stack }),
    engine.tasks({ stack }),
    engine.nodes(),
  ]);
  const found = names.flatMap((name) => {
    const service = services.find((one) => one.name === `${stack}_${name}`);
    const task = service && currentTasks(service, tasks).find(({ state }) => state === 'running');
    const node = task && nodes.find(({ id, state }) => id === task.nodeId && state === 'ready');
    return task && node
      ? [
          {
            image: task.image,
            secrets: task.secrets,
            constraints: node.availability === 'active' ? [`node.id == ${node.id}`] : [],
          },
        ]
      : [];
  });
  return found.find(({ constraints }) => constraints.length > 0) ?? found[0];
}
