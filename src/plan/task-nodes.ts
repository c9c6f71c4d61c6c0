import { hasEnded, type SwarmService, type SwarmTask } from '../engine/port.ts';
import { isStopping } from '../place/node-use.ts';
import type { LiveNode } from './labels.ts';
import { ownServices, shortName } from './own-services.ts';

/**
 * The ids of the nodes on which each service of a stack has a task that would end with the label of its node, by the
 * service's key in the document. If none is meant to run, those count that are still being stopped. A node that is down
 * is in none: nobody can tell when its tasks end, and swarm has replaced them.
 */
export function taskNodes(
  stack: string,
  live: { services: SwarmService[]; nodes: readonly LiveNode[]; tasks?: readonly SwarmTask[] },
): Map<string, Set<string>> {
  const telling = new Set(live.nodes.filter(({ state }) => state !== 'down').map(({ id }) => id));
  const open = (live.tasks ?? []).filter((task) => telling.has(task.nodeId) && !hasEnded(task));
  return new Map(
    ownServices(stack, live.services).map(({ id, name }) => {
      const own = open.filter(({ serviceId }) => serviceId === id);
      const current = own.filter((task) => !isStopping(task));
      const nodes = (current.length > 0 ? current : own).map(({ nodeId }) => nodeId);
      return [shortName(stack, name), new Set(nodes)];
    }),
  );
}
