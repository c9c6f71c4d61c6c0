import type { SwarmNode, SwarmTask } from '../engine/port.ts';
import { answerWord } from '../place/named-node.ts';
import type { KnownNode } from '../sdk/definition.ts';

/**
 * The swarm's nodes as questions know them: managers first, then by name. A node whose host name would not find it goes
 * by its id: there are several of that name.
 * @param tasks of the whole swarm; undefined if they could not be read
 */
export function knownNodes(nodes: SwarmNode[], tasks?: readonly SwarmTask[]): KnownNode[] {
  const running = tasks?.filter((task) => task.desiredState === 'running');
  return nodes
    .map((node): KnownNode => {
      const { hostname, role, availability, state, cpus, memoryBytes } = node;
      const word = answerWord(nodes, node);
      return {
        hostname: word,
        role,
        availability,
        state,
        cpus,
        memoryBytes,
        ...(running ? { tasks: running.filter(({ nodeId }) => nodeId === node.id).length } : {}),
        ...(word !== hostname && hostname !== '' ? { shown: `${hostname} (${node.id})` } : {}),
      };
    })
    .sort(
      (a, b) =>
        Number(b.role === 'manager') - Number(a.role === 'manager') ||
        compare(a.shown ?? a.hostname, b.shown ?? b.hostname),
    );
}

const compare = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

/** One aligned line for each node: name, role, availability, CPUs, memory. */
export function nodeRows(nodes: KnownNode[]): { value: string; row: string }[] {
  const cells = nodes.map((node) => [
    node.shown ?? node.hostname,
    node.role,
    condition(node),
    `${node.cpus} CPU${node.cpus === 1 ? '' : 's'}`,
    memory(node.memoryBytes),
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return nodes.map((node, index) => ({
    value: node.hostname,
    row: (cells[index] ?? [])
      .map((cell, column) => (column >= 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  }));
}

/** What the scheduler thinks of it: its availability, or that it is not there. */
function condition({ state, availability }: KnownNode): string {
  return state === 'ready' ? availability : state;
}

function memory(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/**
 * The picked nodes in the order that matters to the stack: member 1 runs on the first.
 * @param picked in the order of the list
 * @param proposed the default, possibly with repetitions; given back as it is if the same nodes were picked
 * @param standing an earlier answer: its nodes keep their place, since volumes lie there, and new ones come after
 */
export function orderNodes(picked: string[], proposed: string[], standing: string[]): string[] {
  const same = new Set(proposed).size === picked.length && picked.every((node) => proposed.includes(node));
  if (same) return proposed;
  const kept = [...new Set(standing)].filter((node) => picked.includes(node));
  return [...kept, ...picked.filter((node) => !kept.includes(node))];
}

/** Names that were typed, with commas or spaces. */
export const namesIn = (text: string): string[] => text.split(/[,\s]+/).filter((name) => name !== '');

/**
 * The nodes that somebody named, as nodes that take tasks: who names one that does not now means it.
 * @param known those of the swarm; of any other only the name is known
 */
export function namedNodes(names: readonly string[], known: readonly KnownNode[] | undefined): KnownNode[] {
  const unknown = { role: 'manager' as const, cpus: 0, memoryBytes: 0 };
  return [...new Set(names)].map((hostname) => ({
    ...(known?.find((node) => node.hostname === hostname) ?? { hostname, ...unknown }),
    state: 'ready',
    availability: 'active',
  }));
}
