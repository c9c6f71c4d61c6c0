/**
 * Which entry of the swarm's node list a name means. A machine that left and joined again has two: the old one is down.
 */
import type { SwarmNode } from '../engine/port.ts';

export type NodeEntry = Pick<SwarmNode, 'id' | 'hostname' | 'state'>;

export interface NamedNode<N> {
  /** The node that is meant; undefined if the swarm knows none, or several and it cannot be told which. */
  node: N | undefined;
  /** Old entries of its machine, which `removeEntries` takes away. */
  old: N[];
  /** All entries of that name. */
  all: N[];
}

/**
 * Finds the node that an answer names: by id, else by host name. Of several with one host name it is the one that is
 * ready, if all others are down: they are what is left of the same machine from before it joined again. Two that are
 * not down may be two machines.
 * @param wanted a node id or a host name
 */
export function findNode<N extends NodeEntry>(nodes: readonly N[], wanted: string): NamedNode<N> {
  const byId = nodes.find(({ id }) => id === wanted);
  if (byId !== undefined) return { node: byId, old: [], all: [byId] };
  const all = nodes.filter(({ hostname }) => hostname === wanted);
  const up = all.filter(({ state }) => state !== 'down');
  const node = all.length === 1 ? all[0] : up.length === 1 && up[0]?.state === 'ready' ? up[0] : undefined;
  return { node, old: node === undefined ? [] : all.filter((each) => each !== node), all };
}

/**
 * The entry with which the machine of a down entry joined again; undefined if it did not, or if that cannot be told.
 */
export function joinedAgain<N extends NodeEntry>(nodes: readonly N[], entry: N): N | undefined {
  const { node, old } = findNode(nodes, entry.hostname);
  return old.includes(entry) ? node : undefined;
}

/**
 * True if two entries are one machine: the same one, or they have one host name and at most one entry of it is not
 * down.
 */
export function isOneMachine(
  nodes: readonly NodeEntry[],
  a: Pick<NodeEntry, 'id' | 'hostname'>,
  b: Pick<NodeEntry, 'id' | 'hostname'>,
): boolean {
  if (a.id === b.id) return true;
  return (
    a.hostname !== '' &&
    a.hostname === b.hostname &&
    nodes.filter(({ hostname, state }) => hostname === a.hostname && state !== 'down').length <= 1
  );
}

/** A host name as answers take it, and a shell as one word: a node gives itself any other. */
export const HOSTNAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** A node as an answer names it: by its host name, or by its id if that name does not find it, or is none. */
export function answerWord(nodes: readonly NodeEntry[], { id, hostname }: Pick<NodeEntry, 'id' | 'hostname'>): string {
  return HOSTNAME.test(hostname) && findNode(nodes, hostname).node?.id === id ? hostname : id;
}

/** A node as the docker command takes it: by its host name, or by its id if several entries have it, or it is none. */
export function nodeWord(
  nodes: readonly Pick<NodeEntry, 'hostname'>[],
  { id, hostname }: Pick<NodeEntry, 'id' | 'hostname'>,
): string {
  return HOSTNAME.test(hostname) && nodes.filter((node) => node.hostname === hostname).length === 1 ? hostname : id;
}

/** As much of a node's id as the docker CLI needs to find it. */
const ID_LENGTH = 12;

/** A node as people read it: its host name; with its id if several entries have that name. */
export function nodeText(nodes: readonly Pick<NodeEntry, 'hostname'>[], hostname: string, id: string): string {
  if (hostname === '') return id.slice(0, ID_LENGTH);
  return nodes.filter((node) => node.hostname === hostname).length > 1
    ? `${hostname} (${id.slice(0, ID_LENGTH)})`
    : hostname;
}

/**
 * True if a node bears a label of ours. Constraints compare values without regard to case (moby/swarmkit:
 * constraint.go).
 */
export function bears({ labels }: { labels: Readonly<Record<string, string>> }, key: string): boolean {
  return labels[key]?.toLowerCase() === 'true';
}
