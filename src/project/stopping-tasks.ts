import { hasEnded, type SwarmNode, type SwarmService, type SwarmTask } from '../engine/port.ts';
import { holdingsOf } from '../place/node-use.ts';
import { currentTasks, swarmWants } from '../swarm/current-tasks.ts';
import { formerTasks, nodeName, openTasks, stopGraceMs } from '../swarm/former-tasks.ts';

/** A task that the swarm told to stop, and whose container may still run. */
export interface StoppingTask {
  id: string;
  /** Absent if the swarm has its service no more. */
  service?: string;
  /** The service of which a task runs in its place already: with its host name, or on its volumes. */
  successor?: string;
  node: string;
  nodeId: string;
  state: string;
  /** How long it may take, from when it was told. */
  graceSeconds: number;
}

/** What of a stack still stops. */
export interface Stopping {
  tasks: StoppingTask[];
  /** What they hold of their nodes' memory meanwhile, by node id. */
  memory: Map<string, number>;
}

/**
 * Tasks of a stack that still stop, on nodes that can tell, those of removed services too; by service and node.
 * @param services the stack's own
 * @param upToDate its tasks of the newest version
 * @param all its tasks of whatever version
 */
export function stoppingTasks(
  prefix: string,
  services: readonly SwarmService[],
  { upToDate, all, nodes }: { upToDate: readonly SwarmTask[]; all: readonly SwarmTask[]; nodes: readonly SwarmNode[] },
): Stopping {
  const open = openTasks(all, nodes).filter((task) => !swarmWants(task) && !hasEnded(task));
  const shortNames = new Map(services.map(({ id, name }) => [id, name.slice(prefix.length)]));
  const running = services.map((service) => ({
    service,
    current: currentTasks(service, upToDate).filter(({ state }) => state === 'running'),
  }));
  const successorOf = (task: SwarmTask): string | undefined => {
    const found = running.find(
      ({ service, current }) => formerTasks(service, current, [task], { services, nodes }).length > 0,
    );
    return found && shortNames.get(found.service.id);
  };
  const memory = new Map<string, number>();
  for (const { task, taken } of holdingsOf(services, open))
    memory.set(task.nodeId, (memory.get(task.nodeId) ?? 0) + taken.memoryBytes);
  const tasks = open.map((task): StoppingTask => {
    const [service, successor] = [shortNames.get(task.serviceId), successorOf(task)];
    return {
      id: task.id,
      ...(service !== undefined && { service }),
      ...(successor !== undefined && { successor }),
      node: nodeName(task, nodes),
      nodeId: task.nodeId,
      state: task.state,
      graceSeconds: Math.round(stopGraceMs(task) / 1000),
    };
  });
  const order = ({ service = '', node, id }: StoppingTask): string => [service, node, id].join('\0');
  return { tasks: tasks.sort((a, b) => (order(a) < order(b) ? -1 : 1)), memory };
}
