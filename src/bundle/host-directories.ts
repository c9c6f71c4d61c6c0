import type { StackDocument } from '../compose/types.ts';
import type { Placement } from '../sdk/definition.ts';

/**
 * The commands that make the host directories which tasks mount, each with the nodes it is for: swarm makes none, and
 * rejects a task whose directory is missing. Pure.
 * @returns lines such as `mkdir -p /srv/shared   # on node1, node2`; none if all data is in volumes
 */
export function directoryCommands(document: StackDocument, placements: readonly Placement[]): string[] {
  const wanted = new Map<string, Set<string>>();
  for (const { nodes, services } of placements)
    for (const service of services)
      for (const { type, source } of document.services[service]?.volumes ?? [])
        if (type === 'bind') for (const node of nodes) wanted.set(node, (wanted.get(node) ?? new Set()).add(source));
  const byCommand = new Map<string, string[]>();
  for (const [node, paths] of wanted) {
    const command = `mkdir -p ${[...paths].sort().join(' ')}`;
    byCommand.set(command, [...(byCommand.get(command) ?? []), node]);
  }
  return [...byCommand].map(([command, nodes]) => `${command}   # on ${nodes.join(', ')}`);
}
