import { NETWORK_KEYS } from '../compose/keys/objects.ts';
import { isJoined, networkName } from '../compose/networks.ts';
import type { StackDocument } from '../compose/types.ts';
import { STACK_NAMESPACE, type SwarmNetwork } from '../engine/port.ts';

export interface NetworkChange {
  /** The swarm's. */
  name: string;
  /**
   * `differs`: docker never changes a network that exists, so it stays otherwise than the document says. `left`: of an
   * earlier version; no service of the document uses it, and deploying does not remove it, since others may have joined
   * it. `joined`: of another stack, and left to it.
   */
  action: 'create' | 'unchanged' | 'differs' | 'left' | 'joined';
  /** What differs: `driver`, `attachable`, `internal`, `subnet 10.20.0.0/24`, `option encrypted`, `label note`. */
  fields: string[];
  /** Whose it is, of one that is joined; absent if the swarm has none of a stack by that name. */
  stack?: string;
}

/**
 * The swarm's names of the networks that the stack makes, in order. Docker creates only those that a service uses,
 * `default` for services that name none (docker/cli, cli/compose/convert).
 */
export const networkNames = (stack: string, document: StackDocument): string[] =>
  usedNetworks(document)
    .filter((key) => !isJoined(document.networks[key]))
    .map((key) => networkName(stack, document, key));

/** Of several networks by that name the swarm's: an engine may have one of its own beside it. */
export const networkCalled = (name: string, live: readonly SwarmNetwork[]): SwarmNetwork | undefined => {
  const named = live.filter((network) => network.name === name);
  return named.find(({ driver }) => driver === 'overlay') ?? named[0];
};

/** By their keys in stack.yml. */
function usedNetworks({ services }: StackDocument): string[] {
  const used = Object.values(services).flatMap(({ networks }) =>
    Object.keys(networks).length === 0 ? ['default'] : Object.keys(networks),
  );
  return [...new Set(used)].sort();
}

/**
 * What becomes of the stack's networks, and which ones of others it joins.
 * @param live those of the whole swarm
 */
export function networkChanges(stack: string, document: StackDocument, live: readonly SwarmNetwork[]): NetworkChange[] {
  const own = live.filter(({ labels }) => labels[STACK_NAMESPACE] === stack);
  const wanted = usedNetworks(document).map((key): NetworkChange => {
    const name = networkName(stack, document, key);
    const network = document.networks[key];
    if (isJoined(network)) {
      const of = networkCalled(name, live)?.labels[STACK_NAMESPACE];
      return { name, action: 'joined', fields: [], ...(of !== undefined && { stack: of }) };
    }
    const found = own.find((each) => each.name === name);
    if (found === undefined) return { name, action: 'create', fields: [] };
    const fields = NETWORK_KEYS.flatMap((row) => row.differs(network ?? {}, found, stack));
    return { name, action: fields.length === 0 ? 'unchanged' : 'differs', fields };
  });
  const known = new Set(wanted.map(({ name }) => name));
  const left = own
    .map(({ name }) => name)
    .filter((name) => !known.has(name))
    .sort();
  return [...wanted, ...left.map((name): NetworkChange => ({ name, action: 'left', fields: [] }))];
}
