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
 * What becomes of the stack's networks. Docker creates only those that a service uses, `default` for services that name
 * none (docker/cli, cli/compose/convert).
 */
export function networkChanges(stack: string, document: StackDocument, live: readonly SwarmNetwork[]): NetworkChange[] {
  const used = new Set(
    Object.values(document.services).flatMap(({ networks }) =>
      Object.keys(networks).length === 0 ? ['default'] : Object.keys(networks),
    ),
  );
  const wanted = [...used].sort().map((key): NetworkChange => {
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
