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

/** The same for a live service; `wantedOnNodes` counts those that keep what they have, too. */
export function eligibleNodes(service: Pick<SwarmService, 'spec'>, nodes: readonly SwarmNode[]): SwarmNode[] {
  return nodesForGlobal(requirementsOf(service.spec).constraints, nodes);
}

/**
 * How many tasks a live service of one a node should have: one on each node that suits it, and one that a ready node
 * keeps being paused; of a job, what is complete stays so wherever the node is by now.
 * @param current its current tasks
 */
export function wantedOnNodes(
  service: Pick<SwarmService, 'spec'>,
  nodes: readonly SwarmNode[],
  current: readonly Pick<SwarmTask, 'nodeId' | 'state'>[],
): number {
  const { constraints } = requirementsOf(service.spec);
  const paused = nodes.filter((node) => node.state === 'ready' && node.availability === 'pause');
  const keeping = new Set(paused.filter((node) => unmet(constraints, node).length === 0).map(({ id }) => id));
  const kept = current.filter(({ nodeId, state }) => state === 'complete' || keeping.has(nodeId));
  return new Set([...eligibleNodes(service, nodes).map(({ id }) => id), ...kept.map(({ nodeId }) => nodeId)]).size;
}
