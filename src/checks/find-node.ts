import type { SwarmNode } from '../engine/port.ts';

/** The nodes that an answer means: by id, else by host name; several where host names repeat. */
export function findNodes(nodes: readonly SwarmNode[], wanted: string): SwarmNode[] {
  const byId = nodes.filter((node) => node.id === wanted);
  return byId.length > 0 ? byId : nodes.filter((node) => node.hostname === wanted);
}
