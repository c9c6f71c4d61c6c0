import type { SwarmTask, TaskEngine } from '../engine/port.ts';
import { takesTasks } from '../place/filters.ts';
import { currentTasks } from './current-tasks.ts';
import { closedText, onNode } from './jobs/place.ts';

/** What a job beside a running service goes by. */
export type RunningService = Pick<SwarmTask, 'image' | 'secrets' | 'spec'> & { constraints: string[] };

/** Why there is none to go by although one runs. */
export interface OutOfReach {
  away: string;
}

/** What the job is. */
interface JobBeside {
  /** Targets of the secrets that it mounts, out of those that the service has. */
  secrets: readonly string[];
  /** It mounts others, too. */
  brings?: boolean;
  /** 0 for the first of the services, 1 for the next, and so on round: the files of one may not let it in any more. */
  turn?: number | undefined;
}

/**
 * The image of one of these services that runs, digest and all, with its node and those of its secrets that the job
 * mounts, so that nothing has to be pulled; rather one whose node takes new tasks. If none does, a job without secrets
 * may run anywhere, and one with secrets nowhere: they come to no node that has not got them. Undefined if none runs: a
 * task on a node that the swarm has no word from counts as running, since for seconds after an election it has no word
 * from any.
 * @param names short names
 */
export async function runningService(
  engine: TaskEngine,
  stack: string,
  names: readonly string[],
  { secrets: targets, brings = false, turn = 0 }: JobBeside,
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
  if (running.length === 0) return undefined;
  const found = running.flatMap(({ task: { image, secrets, spec }, node }) =>
    node?.state === 'ready'
      ? [{ image, spec, node, secrets: secrets.filter(({ target }) => targets.includes(target)) }]
      : [],
  );
  const open = found.filter(({ node }) => takesTasks(node)).map(({ node, ...one }) => ({ ...one, ...onNode(node) }));
  const anywhere = found
    .filter(({ secrets }) => !brings && secrets.length === 0)
    .map(({ node: _node, ...one }) => ({ ...one, constraints: [] }));
  const choice = open.length > 0 ? open : anywhere;
  if (choice.length > 0) return choice[turn % choice.length];
  if (found.length > 0)
    return {
      away: closedText(
        nodes.filter((node) => found.some((one) => one.node.id === node.id)),
        nodes,
      ),
    };
  const on = running.map(({ name, node }) => `${name} on ${node?.hostname ?? 'a node that is gone'}`);
  return { away: `the swarm has no word from where it runs (${on.join(', ')}); \`docker node ls\` shows the nodes` };
}
