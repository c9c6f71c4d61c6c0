import type { StackDocument } from '../compose/types.ts';
import type { SwarmNode, SwarmTask } from '../engine/port.ts';
import { findNode, isOneMachine, nodeText } from '../place/named-node.ts';
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
      lines.push(
        `remove ${keys.length} label${keys.length === 1 ? '' : 's'} from node ` +
          nodeText(remains.nodes, node.hostname, node.id),
      );
  }
  if (volumes) {
    for (const { name } of remains.volumes) lines.push(`DELETE volume ${name} and its data`);
    // With nothing to remove there is no question.
    if (lines.length > 0)
      for (const { name } of remains.unlabelled)
        lines.push(
          `volume ${name} stays: it has no label of a stack, so that it may be somebody else's (made by hand, as in a ` +
            `restore?); to delete its data too: docker volume rm ${name}`,
        );
  }
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

/** A node of the swarm, or one that was. */
type Machine = Pick<SwarmNode, 'id' | 'hostname'>;

export interface VolumesLeft {
  /** Host name, which several nodes may have. */
  node: string;
  /** Empty if bundle.yaml names a node that neither the swarm nor a release knows, or several. */
  nodeId: string;
  /** The node as people read it. */
  shown: string;
  /** Their names, sorted. */
  volumes: string[];
  command: string;
  /** True if the volumes were seen, false if they follow from stack.yml and the releases only. */
  seen: boolean;
}

/** What tells where a stack has volumes. */
export interface VolumeSources {
  document: StackDocument;
  placements: readonly Placement[];
  releases: readonly Pick<Release, 'document' | 'nodeLabels'>[];
  nodes: readonly SwarmNode[];
  /** What the node that was asked has. */
  local: Machine & { volumes: readonly string[] };
}

/**
 * The command for each node that removes the stack's volumes there. An engine shows its own volumes only: for the other
 * nodes they are those that stack.yml puts there, or a release that the swarm remembers did, of members that left too.
 * Machines of one host name are told apart, and entries of a machine that joined again are one.
 */
export function removeVolumeCommands(stack: string, sources: VolumeSources): VolumesLeft[] {
  const { document, placements, releases, nodes, local } = sources;
  const left: (Machine & { volumes: Set<string> })[] = [];
  const entryOf = ({ id, hostname }: Machine): (typeof left)[number] => {
    // The entry that it has now.
    const machine = nodes.find((node) => node.id === id && node.state !== 'down') ??
      findNode(nodes, hostname === '' ? id : hostname).node ?? { id, hostname };
    const known = left.find((each) => isOneMachine(nodes, each, machine));
    if (known !== undefined) return known;
    const entry = { id: machine.id, hostname: machine.hostname, volumes: new Set<string>() };
    left.push(entry);
    return entry;
  };
  const add = (machine: Machine, { services }: StackDocument, names: readonly string[]): void => {
    const mounts = names.flatMap((name) => services[name]?.volumes ?? []).filter(({ type }) => type === 'volume');
    const { volumes } = entryOf(machine);
    for (const { source } of mounts) volumes.add(`${stack}_${source}`);
  };
  const here = entryOf(local);
  for (const { nodes: names, services } of placements)
    for (const name of names) {
      const { node } = findNode(nodes, name);
      // Of a name that finds none, or several, the releases tell which it was.
      if (node !== undefined || !releases.some((release) => release.nodeLabels.some(isCalled(name))))
        add(node ?? { id: name, hostname: name }, document, services);
    }
  for (const release of releases)
    for (const { nodeId, node, key } of release.nodeLabels)
      add({ id: nodeId, hostname: node }, release.document, servicesOn(key, release.document));
  here.volumes = new Set(local.volumes);
  return left
    .filter(({ volumes }) => volumes.size > 0)
    .sort((a, b) => (`${a.hostname}\0${a.id}` < `${b.hostname}\0${b.id}` ? -1 : 1))
    .map((entry) => {
      const { id, hostname } = entry;
      const volumes = [...entry.volumes].sort();
      return {
        node: hostname,
        nodeId: id === hostname ? '' : id,
        shown: id === hostname ? hostname : nodeText([...nodes.filter((node) => node.id !== id), entry], hostname, id),
        volumes,
        command: `docker volume rm ${volumes.join(' ')}`,
        seen: entry === here,
      };
    });
}

const isCalled =
  (name: string) =>
  ({ nodeId, node }: Release['nodeLabels'][number]): boolean =>
    node === name || nodeId === name;

/** The services that only nodes with that label of ours run. */
const servicesOn = (key: string, { services }: StackDocument): string[] =>
  Object.entries(services)
    .filter(([, { deploy }]) =>
      deploy.constraints.some((constraint) => constraint.replaceAll(' ', '') === `node.labels.${key}==true`),
    )
    .map(([name]) => name);
