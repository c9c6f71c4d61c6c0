import type { SwarmService, SwarmTask, TaskState } from '../../engine/port.ts';
import { holdingsOf, isStopping } from '../../place/node-use.ts';
import { ownServices } from '../../plan/own-services.ts';

/** Who has a port of a node open, as far as the swarm knows. */
export interface PortHolder {
  ours: boolean;
  /** `service web`. */
  who: string;
  /** By a task on that node, by one that is being stopped, or by the engine itself, as on every node. */
  by: 'task' | 'stopping-task' | 'ingress';
}

/** @param port `8080/tcp` */
export type PortHolders = (nodeId: string, port: string) => PortHolder | undefined;

/**
 * A container opens its ports as it starts: what is open before that is somebody else's. That may be why the task does
 * not start.
 */
const STARTED = new Set<TaskState>(['starting', 'running']);

/**
 * Finds who has a port open: a task on that node, else a service that publishes the port by ingress, for which the
 * engine of every node listens (moby/moby: libnetwork/service_linux.go, plumbProxy).
 */
export function portHolders(
  stack: string,
  services: readonly SwarmService[],
  tasks: readonly SwarmTask[],
): PortHolders {
  const own = new Set(ownServices(stack, services).map(({ id }) => id));
  const holdings = holdingsOf(
    services,
    tasks.filter(({ state }) => STARTED.has(state)),
  );
  return (nodeId, port) => {
    const holding = holdings.find(({ task, taken }) => task.nodeId === nodeId && taken.hostPorts.includes(port));
    if (holding !== undefined) {
      const { task, holder } = holding;
      return { ours: own.has(task.serviceId), who: holder, by: isStopping(task) ? 'stopping-task' : 'task' };
    }
    const service = services.find(({ ports }) =>
      ports.some(({ mode, published, protocol }) => mode === 'ingress' && `${published}/${protocol}` === port),
    );
    return service && { ours: own.has(service.id), who: `service ${service.name}`, by: 'ingress' };
  };
}
