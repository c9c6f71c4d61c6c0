import type { SwarmTask, TaskEngine } from '../engine/port.ts';
import { currentTasks } from './current-tasks.ts';

/** What a job beside a running service goes by. */
export type RunningService = Pick<SwarmTask, 'image' | 'secrets' | 'spec'> & { constraints: string[] };

/** Why there is none to go by although one runs. */
export interface OutOfReach {
  away: string;
}

/**
 * The image of one of these services that runs, digest and all, with its secrets and its node, so that nothing has to
 * be pulled for a job; rather one whose node takes new tasks. Undefined if none runs: a task on a node that the swarm
 * has no word from counts as running, since for seconds after an election it has no word from any.
 * @param names short names
 * @param turn 0 for the first of them, 1 for the next, and so on round: the files of one may not let it in any more
 */
export async function runningService(
  engine: TaskEngine,
  stack: string,
  names: readonly string[],
  turn = 0,
): Promise<RunningService | OutOfReach | undefined> {
  const [services, tasks, nodes] = await Promise.all([
    engine.services({ stack }),
    engine.tasks({ stack }),
    engine.nodes({ heardOf: true }),
  ]);
  const running = names.flatMap((name) => {
    const service = services.find((one) => one.name === `${stack}_${name}`);
    const task = service && currentTasks(service, tasks).find(({ state }) => state === 'running');
    return task === undefined ? [] : [{ name, task, node: nodes.find(({ id }) => id === task.nodeId) }];
  });
  const found = running.flatMap(({ task: { image, secrets, spec }, node }) =>
    node?.state === 'ready'
      ? [{ image, secrets, spec, constraints: node.availability === 'active' ? [`node.id == ${node.id}`] : [] }]
      : [],
  );
  const reached = found.filter(({ constraints }) => constraints.length > 0);
  const choice = reached.length > 0 ? reached : found;
  if (choice.length > 0 || running.length === 0) return choice[turn % choice.length];
  const on = running.map(({ name, node }) => `${name} on ${node?.hostname ?? 'a node that is gone'}`);
  return { away: `the swarm has no word from where it runs (${on.join(', ')}); \`docker node ls\` shows the nodes` };
}
