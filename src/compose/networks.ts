import type { JoinedNetwork, OverlayNetwork, StackDocument, StackNetwork } from './types.ts';

type Networks = Pick<StackDocument, 'networks'>;

/** Whether a network is of another stack; false for one that the document does not define. */
export const isJoined = (network: StackNetwork | undefined): network is JoinedNetwork =>
  network !== undefined && 'joined' in network;

/** The swarm's name of the network that a document calls `key`. */
export function networkName(stack: string, { networks }: Networks, key: string): string {
  const network = networks[key];
  return isJoined(network) ? network.joined : `${stack}_${key}`;
}

/** By key, the networks that the stack makes itself. */
export function ownNetworks({ networks }: Networks): Record<string, OverlayNetwork> {
  return Object.fromEntries(
    Object.entries(networks).flatMap(([key, network]) => (isJoined(network) ? [] : [[key, network] as const])),
  );
}

/** By key, the swarm's names of the networks of other stacks. */
export function joinedNetworks({ networks }: Networks): Record<string, string> {
  return Object.fromEntries(
    Object.entries(networks).flatMap(([key, network]) => (isJoined(network) ? [[key, network.joined] as const] : [])),
  );
}
