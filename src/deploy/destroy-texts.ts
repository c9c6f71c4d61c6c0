import type { StackDocument } from '../compose/types.ts';
import type { Placement } from '../sdk/definition.ts';
import { ownLabels, type Remains } from '../swarm/steps/remains.ts';

/** What will go, the longest wait first; empty where there is nothing. */
export function announcement(stack: string, remains: Remains, volumes: boolean): string[] {
  const lines: string[] = [];
  const services = [...remains.services].sort(
    (a, b) => b.stopGraceSeconds - a.stopGraceSeconds || (a.name < b.name ? -1 : 1),
  );
  for (const service of services)
    lines.push(`remove service ${service.name} (its tasks may take up to ${grace(service.stopGraceSeconds)} to stop)`);
  for (const { name } of remains.jobs) lines.push(`remove job ${name}`);
  const answering = new Set(remains.nodes.filter((node) => node.state === 'ready').map((node) => node.id));
  const stopping = remains.tasks.filter(
    (task) =>
      task.desiredState === 'remove' &&
      answering.has(task.nodeId) &&
      ['running', 'starting', 'ready', 'preparing'].includes(task.state),
  );
  if (stopping.length > 0)
    lines.push(`wait for ${stopping.length} task${stopping.length === 1 ? '' : 's'} that still stop`);
  for (const { name } of remains.networks) lines.push(`remove network ${name}`);
  for (const { name } of remains.configs) lines.push(`remove config ${name}`);
  for (const { name } of remains.secrets) lines.push(`remove secret ${name}`);
  for (const node of remains.nodes) {
    const keys = ownLabels(stack, node);
    if (keys.length > 0)
      lines.push(`remove ${keys.length} label${keys.length === 1 ? '' : 's'} from node ${node.hostname}`);
  }
  if (volumes) for (const { name } of remains.volumes) lines.push(`DELETE volume ${name} and its data`);
  return lines;
}

function grace(seconds: number): string {
  if (seconds >= 3600) return `${Math.round(seconds / 360) / 10} h`;
  return seconds >= 60 ? `${Math.round(seconds / 6) / 10} min` : `${seconds} s`;
}

export interface VolumesLeft {
  node: string;
  command: string;
  /** True where the volumes were seen, false where they follow from stack.yml only. */
  seen: boolean;
}

/**
 * The command for each node that removes the stack's volumes there. An engine shows its own volumes only: for the other
 * nodes they are those that stack.yml puts there.
 * @param local what the node that was asked has
 */
export function removeVolumeCommands(
  stack: string,
  document: StackDocument,
  placements: Placement[],
  local: { node: string; volumes: string[] },
): VolumesLeft[] {
  const byNode = new Map<string, Set<string>>();
  for (const { nodes, services } of placements) {
    const volumes = services.flatMap((service) =>
      (document.services[service]?.volumes ?? [])
        .filter((mount) => mount.type === 'volume')
        .map((mount) => `${stack}_${mount.source}`),
    );
    for (const node of nodes)
      for (const volume of volumes) byNode.set(node, (byNode.get(node) ?? new Set()).add(volume));
  }
  byNode.set(local.node, new Set(local.volumes));
  return [...byNode]
    .filter(([, volumes]) => volumes.size > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([node, volumes]) => ({
      node,
      command: `docker volume rm ${[...volumes].sort().join(' ')}`,
      seen: node === local.node,
    }));
}
