import { isIP } from 'node:net';
import type { SwarmNode } from '../engine/port.ts';
import type { Named } from '../paste-commands.ts';
import { addressCommand, namedById } from '../place/named-by-id.ts';
import type { Placement, Way } from '../sdk/definition.ts';

/** What may be a host name or an id in an address or a sentence. */
const WORD = /[\w.-]+/g;

/**
 * Puts the nodes' addresses in the place of their ids; an id stays if the swarm tells no address of its node.
 * @returns what does that in a text
 */
export function withAddresses(nodes: readonly Pick<SwarmNode, 'id' | 'address'>[]): (text: string) => string {
  const addresses = new Map(
    nodes
      .filter(({ address }) => address !== '')
      .map(({ id, address }) => [id, isIP(address) === 6 ? `[${address}]` : address]),
  );
  return (text) => text.replace(WORD, (word) => addresses.get(word) ?? word);
}

/** Ways in with the nodes' addresses in the place of their ids. */
export function dialledWays(ways: readonly Way[], nodes: readonly Pick<SwarmNode, 'id' | 'address'>[]): Way[] {
  const dialled = withAddresses(nodes);
  return ways.map((way) => {
    const notes = way.notes && { notes: way.notes.map(dialled) };
    return 'url' in way
      ? { ...way, url: dialled(way.url), ...notes }
      : { ...way, file: { ...way.file, text: dialled(way.file.text) }, ...notes };
  });
}

/**
 * Ways in where no engine is asked: beside the first address with a node's id is the command that tells what to dial.
 * @param engine how the user named it
 */
export function notedWays(
  ways: readonly Way[],
  placements: readonly Pick<Placement, 'nodes'>[],
  engine: Omit<Named, 'dir'>,
): Way[] {
  const untold = new Set(namedById(placements));
  return ways.map((way) => {
    const ids = 'url' in way ? (way.url.match(WORD) ?? []).filter((word) => untold.delete(word)) : [];
    const notes = ids.map((id) => `${id} is a node’s id; its address is what \`${addressCommand(engine, id)}\` says`);
    return notes.length === 0 ? way : { ...way, notes: [...(way.notes ?? []), ...notes] };
  });
}
