import type { SwarmNode } from './types.ts';

/**
 * Whether the swarm has had no word from the node since its managers elected a leader, which knows of none but those
 * that were down: it is not ready yet, and not down either. It is one or the other within half a minute (moby/swarmkit:
 * manager/dispatcher/dispatcher.go, markNodesUnknown; nodes.go, gracePeriodMultiplierUnknown). One that joins just now,
 * and has told no name yet, was never heard of.
 */
export function isUnheard({ hostname, state }: Pick<SwarmNode, 'hostname' | 'state'>): boolean {
  return hostname !== '' && (state === 'unknown' || state === 'disconnected');
}
