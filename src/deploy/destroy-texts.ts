import type { StackDocument } from '../compose/types.ts';
import type { SwarmTask } from '../engine/port.ts';
import type { Placement } from '../sdk/definition.ts';
import { ownLabels } from '../plan/labels.ts';
import { stopStages, type StopOrder } from '../quorum/stop-order.ts';
import type { Release } from '../release/record.ts';
import { stopGraceMs } from '../swarm/former-tasks.ts';
import type { Remains } from '../swarm/steps/remains.ts';

/** A wait that is worth a way out, in seconds. */
const LONG_SECONDS = 120;
const KILL = '--kill-after 2m ends on this node what still runs then, and names the command for other nodes';

/**
 * What will go, of what goes at the same moment the longest wait first, and how to wait less if that is long; empty if
 * there is nothing.
 * @param how.groups the stack's quorum groups, in the order of an update
 */
export function announcement(
  stack: string,
  remains: Remains,
  { groups, volumes, killAfterMs }: { groups: StopOrder; volumes: boolean; killAfterMs: number | undefined },
): string[] {
  const lines: string[] = [];
  const services = [...remains.services].sort(
    (a, b) => b.stopGraceSeconds - a.stopGraceSeconds || (a.name < b.name ? -1 : 1),
  );
  for (const stage of stopStages(services, ({ name }) => name.slice(stack.length + 1), groups)) {
    if (stage.after.length > 0) lines.push(`wait until ${stage.after.join(', ')} have stopped`);
    for (const { name, stopGraceSeconds } of stage.services)
      lines.push(`remove service ${name} (its tasks may take up to ${grace(stopGraceSeconds)} to stop)`);
  }
  for (const { name } of remains.jobs) lines.push(`remove job ${name}`);
  const answering = new Set(remains.nodes.filter((node) => node.state !== 'down').map((node) => node.id));
  const stopping = remains.tasks.filter(
    (task) =>
      task.desiredState === 'remove' &&
      answering.has(task.nodeId) &&
      ['running', 'starting', 'ready', 'preparing'].includes(task.state),
  );
  const longest = Math.max(0, ...services.map(({ stopGraceSeconds }) => stopGraceSeconds), ...stopping.map(graceOf));
  if (stopping.length > 0)
    lines.push(`wait for ${stopping.length} task${stopping.length === 1 ? '' : 's'} that still stop`);
  if (killAfterMs === undefined && longest > LONG_SECONDS) lines.push(KILL);
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

/** What is said while tasks stop: of how many, where, and what ends the wait. */
export function waitingText(
  left: readonly { task: SwarmTask; node: string }[],
  killAfterMs: number | undefined,
): string {
  const nodes = [...new Set(left.map(({ node }) => node))].sort().join(', ');
  const longest = Math.max(0, ...left.map(({ task }) => graceOf(task)));
  const end =
    killAfterMs !== undefined
      ? `killed after ${grace(Math.round(killAfterMs / 1000))}`
      : `at most ${grace(longest)} each${longest > LONG_SECONDS ? '; --kill-after 2m would end it sooner' : ''}`;
  return `${left.length} still stopping on ${nodes}, ${end}`;
}

/** How long a task may take to stop, in seconds. */
const graceOf = (task: SwarmTask): number => stopGraceMs(task) / 1000;

function grace(seconds: number): string {
  if (seconds >= 3600) return `${Math.round(seconds / 360) / 10} h`;
  return seconds >= 60 ? `${Math.round(seconds / 6) / 10} min` : `${seconds} s`;
}

export interface VolumesLeft {
  node: string;
  /** Their names, sorted. */
  volumes: string[];
  command: string;
  /** True if the volumes were seen, false if they follow from stack.yml and the releases only. */
  seen: boolean;
}

/**
 * The command for each node that removes the stack's volumes there. An engine shows its own volumes only: for the other
 * nodes they are those that stack.yml puts there, or a release that the swarm remembers did, of members that left too.
 * @param local what the node that was asked has
 */
export function removeVolumeCommands(
  stack: string,
  document: StackDocument,
  placements: Placement[],
  local: { node: string; volumes: string[] },
  releases: readonly Pick<Release, 'document' | 'nodeLabels'>[],
): VolumesLeft[] {
  const byNode = new Map<string, Set<string>>();
  const add = (node: string, { services }: StackDocument, names: readonly string[]): void => {
    const mounts = names.flatMap((name) => services[name]?.volumes ?? []).filter(({ type }) => type === 'volume');
    byNode.set(node, new Set([...(byNode.get(node) ?? []), ...mounts.map(({ source }) => `${stack}_${source}`)]));
  };
  for (const { nodes, services } of placements) for (const node of nodes) add(node, document, services);
  for (const release of releases)
    for (const { node, key } of release.nodeLabels) add(node, release.document, servicesOn(key, release.document));
  byNode.set(local.node, new Set(local.volumes));
  return [...byNode]
    .filter(([, volumes]) => volumes.size > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([node, names]) => {
      const volumes = [...names].sort();
      return { node, volumes, command: `docker volume rm ${volumes.join(' ')}`, seen: node === local.node };
    });
}

/** The services that only nodes with that label of ours run. */
const servicesOn = (key: string, { services }: StackDocument): string[] =>
  Object.entries(services)
    .filter(([, { deploy }]) =>
      deploy.constraints.some((constraint) => constraint.replaceAll(' ', '') === `node.labels.${key}==true`),
    )
    .map(([name]) => name);
