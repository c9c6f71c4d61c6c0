import type { StackDocument } from '../compose/types.ts';
import { NETWORK_KEYS } from '../compose/keys/objects.ts';
import type { SwarmNetwork } from '../engine/port.ts';

export interface NetworkChange {
  /** The swarm's. */
  name: string;
  /**
   * `differs`: docker never changes a network that exists, so it stays otherwise than the document says. `left`: of an
   * earlier version; no service of the document uses it, and deploying does not remove it, since others may have joined
   * it.
   */
  action: 'create' | 'unchanged' | 'differs' | 'left';
  /** What differs: `driver`, `attachable`, `internal`, `subnet 10.20.0.0/24`, `option encrypted`, `label note`. */
  fields: string[];
}

/**
 * The swarm's names of the stack's networks, in order. Docker creates only those that a service uses, `default` for
 * services that name none (docker/cli, cli/compose/convert).
 */
export const networkNames = (stack: string, document: StackDocument): string[] =>
  usedNetworks(document).map((key) => `${stack}_${key}`);

/** By their keys in stack.yml. */
function usedNetworks({ services }: StackDocument): string[] {
  const used = Object.values(services).flatMap(({ networks }) =>
    Object.keys(networks).length === 0 ? ['default'] : Object.keys(networks),
  );
  return [...new Set(used)].sort();
}

/**
 * What becomes of the stack's networks.
 * @param live those that bear the stack's label
 */
export function networkChanges(stack: string, document: StackDocument, live: readonly SwarmNetwork[]): NetworkChange[] {
  const wanted = usedNetworks(document).map((key): NetworkChange => {
    const name = `${stack}_${key}`;
    const found = live.find((network) => network.name === name);
    if (found === undefined) return { name, action: 'create', fields: [] };
    const fields = NETWORK_KEYS.flatMap((row) => row.differs(document.networks[key] ?? {}, found, stack));
    return { name, action: fields.length === 0 ? 'unchanged' : 'differs', fields };
  });
  const known = new Set(wanted.map(({ name }) => name));
  const left = live
    .map(({ name }) => name)
    .filter((name) => !known.has(name))
    .sort();
  return [...wanted, ...left.map((name): NetworkChange => ({ name, action: 'left', fields: [] }))];
}
