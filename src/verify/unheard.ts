import { patienceMs } from '../converge/unplaceable.ts';
import { isUnheard, type SwarmNode } from '../engine/port.ts';
import type { Memory } from '../swarm/memory.ts';

/** Tells of a node by its id why it may be there all the same; undefined if it is known whether it is. */
export type Doubt = (nodeId: string) => string | undefined;

/**
 * The nodes of which the swarm has had no word since its managers elected a leader, as long as it is bound to have one:
 * what runs there is neither away nor proved. Asked each round, so that its times run.
 */
export function unheardNodes(nodes: readonly SwarmNode[], memory: Memory, now: number): Doubt {
  const unheard = new Map(
    nodes
      .filter((node) => {
        const since = memory.held(`unheard ${node.id}`, String(isUnheard(node)), now);
        return isUnheard(node) && since < patienceMs([node]);
      })
      .map(({ id, hostname }) => [id, `the swarm has not heard of ${hostname} yet since an election`]),
  );
  return (nodeId) => unheard.get(nodeId);
}
