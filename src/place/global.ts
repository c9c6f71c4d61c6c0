import type { SwarmNode, SwarmService, SwarmTask } from '../engine/port.ts';
import { unmet } from './constraint.ts';
import { takesTasks } from './filters.ts';
import { requirementsOf } from './requirements.ts';

/**
 * Nodes on which swarm makes a task of a global service with these constraints. A paused node keeps what it has and
 * gets nothing new (moby/swarmkit: manager/orchestrator/global/global.go, reconcileServices).
 */
export function nodesForGlobal(constraints: readonly string[], nodes: readonly SwarmNode[]): SwarmNode[] {
  return nodes.filter((node) => takesTasks(node) && unmet(constraints, node).length === 0);
}

/**
 * The same for a live service, with the paused nodes that keep a task of it.
 * @param current its tasks; none if only those count on which swarm makes one
 */
export function eligibleNodes(
  service: Pick<SwarmService, 'spec'>,
  nodes: readonly SwarmNode[],
  current: readonly Pick<SwarmTask, 'nodeId'>[] = [],
): SwarmNode[] {
  const { constraints } = requirementsOf(service.spec);
  const keeps = ({ id, state, availability }: SwarmNode): boolean =>
    state === 'ready' && availability === 'pause' && current.some(({ nodeId }) => nodeId === id);
  return nodes.filter((node) => (takesTasks(node) || keeps(node)) && unmet(constraints, node).length === 0);
}
