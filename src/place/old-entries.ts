import type { SwarmNode } from '../engine/port.ts';

type Entry = Pick<SwarmNode, 'role' | 'votes'>;

/** By its role alone it may be one that `docker swarm init --force-new-cluster` took out of the managers. */
const isManager = ({ role, votes }: Entry): boolean => role === 'manager' && votes;

/**
 * The command that takes entries of nodes that are down off the swarm's list. The swarm removes no manager, even one
 * that is down, and demotes none that does not vote (moby/swarmkit: manager/controlapi/node.go, RemoveNode and
 * UpdateNode).
 */
export function removeEntries(entries: readonly (Pick<SwarmNode, 'id'> & Entry)[]): string {
  const idsOf = (some: typeof entries): string => some.map(({ id }) => id).join(' ');
  const managers = entries.filter(isManager);
  const remove = `docker node rm ${idsOf(entries)}`;
  return managers.length === 0 ? remove : `docker node demote ${idsOf(managers)} && ${remove}`;
}

/**
 * ` and still counts as a manager: 2 of 3 must be up`: what an entry that is down costs the swarm; empty for workers.
 * @param nodes of the swarm
 */
export function stillCounts(nodes: readonly Entry[], entries: readonly Entry[]): string {
  const old = entries.filter(isManager).length;
  if (old === 0) return '';
  const all = nodes.filter(isManager).length;
  const needed = `${String(Math.floor(all / 2) + 1)} of ${String(all)} must be up`;
  if (entries.length === 1) return ` and still counts as a manager: ${needed}`;
  const which = old === entries.length ? '' : `${String(old)} of them `;
  return ` and ${which}still ${old === 1 ? 'counts as a manager' : 'count as managers'}: ${needed}`;
}
