import type { SwarmNode, SwarmService } from '../engine/port.ts';
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

/** The same for a live service. */
export function eligibleNodes(service: Pick<SwarmService, 'spec'>, nodes: readonly SwarmNode[]): SwarmNode[] {
  return nodesForGlobal(requirementsOf(service.spec).constraints, nodes);
}
