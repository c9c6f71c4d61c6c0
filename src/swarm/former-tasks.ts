import type { ContainerSpec, ServiceSpec, TaskSpec } from '../compose/spec.ts';
import { duration } from '../converge/window.ts';
import { hasEnded, type SwarmNode, type SwarmService, type SwarmTask } from '../engine/port.ts';
import { isJobService, slotKey } from './current-tasks.ts';

/*
 * An update that stops a task first waits a minute for its end, whatever its stop grace; then the swarm starts the new
 * task beside it, on the same volume (moby/swarmkit: manager/orchestrator/restart/restart.go, DelayStart;
 * moby/moby#36111). A service that is made again does not wait for tasks of the one that was removed at all.
 */
const SWARM_WAITS_SECONDS = 60;
/** The swarm's own. */
const DEFAULT_GRACE_NS = 10e9;

type Template = Pick<TaskSpec, 'ContainerSpec'>;

const containerOf = (service: Pick<SwarmService, 'spec'>): ContainerSpec =>
  (service.spec as ServiceSpec).TaskTemplate?.ContainerSpec ?? {};

/** How long a task may take to stop, in ms. */
export const stopGraceMs = ({ spec }: Pick<SwarmTask, 'spec'>): number =>
  ((spec as Template).ContainerSpec?.StopGracePeriod ?? DEFAULT_GRACE_NS) / 1e6;

/**
 * Tasks whose container may still run. Of a node that is down, nobody can tell; one that is not heard of for a moment
 * tells it soon.
 */
export function openTasks(tasks: readonly SwarmTask[], nodes: readonly SwarmNode[]): SwarmTask[] {
  const telling = new Set(nodes.filter(({ state }) => state !== 'down').map(({ id }) => id));
  return tasks.filter((task) => !hasEnded(task) && telling.has(task.nodeId));
}

/** By what a container is told from all others of its stack: the host name that it is given, and its volumes. */
function thingsOf({ Hostname = '', Mounts }: ContainerSpec): string[] {
  const volumes = (Mounts ?? []).flatMap(({ Type, Source = '' }) =>
    Type === 'volume' && Source !== '' ? [`volume ${Source}`] : [],
  );
  return [...(Hostname === '' ? [] : [`host ${Hostname}`]), ...new Set(volumes)];
}

/** The only service that has a host name or a volume, by that: one that several share tells none from the others. */
export type SoleOwners = ReadonlyMap<string, string>;

/** Who has what of these services. @param services by any name for each */
export function soleOwnersOf(services: Iterable<readonly [name: string, spec: ServiceSpec]>): SoleOwners {
  const all = new Map<string, string | undefined>();
  for (const [name, spec] of services)
    for (const thing of thingsOf(spec.TaskTemplate?.ContainerSpec ?? {}))
      all.set(thing, all.has(thing) ? undefined : name);
  return new Map([...all].flatMap(([thing, name]) => (name === undefined ? [] : [[thing, name] as const])));
}

/** The service in whose place a task runs; undefined if it is none of these. */
export const soleOwnerOf = (owners: SoleOwners, { spec }: Pick<SwarmTask, 'spec'>): string | undefined =>
  thingsOf((spec as Template).ContainerSpec ?? {}).flatMap((thing) => owners.get(thing) ?? [])[0];

/** Whether there must never be two tasks of it in one place: it has an identity or data, and the old one ends first. */
function mustBeAlone(service: SwarmService): boolean {
  const container = containerOf(service);
  const data = (container.Mounts ?? []).some(({ Type, ReadOnly }) => Type === 'bind' && ReadOnly !== true);
  const { UpdateConfig } = service.spec as ServiceSpec;
  return !isJobService(service) && UpdateConfig?.Order !== 'start-first' && (data || thingsOf(container).length > 0);
}

/** Whether an update may start its new task beside the old one: that may take longer to stop than the swarm waits. */
export const outlastsUpdate = (service: SwarmService): boolean =>
  service.mode.kind === 'replicated' && mustBeAlone(service) && service.stopGraceSeconds > SWARM_WAITS_SECONDS;

interface OfStack {
  services: readonly SwarmService[];
  nodes: readonly SwarmNode[];
}

/**
 * Tasks that still stop in the place of one of a service's current tasks: of the service itself, or of one that was
 * removed.
 * @param stopping tasks of the whole stack that the swarm told to stop, of whatever version
 */
export function formerTasks(
  service: SwarmService,
  current: readonly SwarmTask[],
  stopping: readonly SwarmTask[],
  { services, nodes }: OfStack,
): SwarmTask[] {
  if (stopping.length === 0 || !mustBeAlone(service)) return [];
  const slots = new Set(current.map((task) => slotKey(service, task)));
  const known = new Set(services.map(({ id }) => id));
  const owners = soleOwnersOf(services.map(({ id, spec }) => [id, spec as ServiceSpec]));
  return openTasks(stopping, nodes).filter((task) =>
    known.has(task.serviceId)
      ? task.serviceId === service.id && slots.has(slotKey(service, task))
      : soleOwnerOf(owners, task) === service.id,
  );
}

/** Tells what a deployment begins from what was left behind before it. */
export interface DeploymentStart {
  /** The stack's services as they were then. */
  services: readonly Pick<SwarmService, 'id' | 'version'>[];
  /** By the managers' clock, in ms: what was made before is no work of the release that is deployed. */
  at: number;
}

/**
 * Whether a former task began to stop before a deployment that does not start its service: nobody wrote to the service
 * since, and what took its place is older. Moving a node label starts tasks without a word to their service.
 */
function wasLeftBehind(
  former: SwarmTask,
  service: SwarmService,
  current: readonly SwarmTask[],
  { services, at }: DeploymentStart,
): boolean {
  const untouched = services.some(({ id, version }) => id === service.id && version === service.version);
  // One of another service is of one that is not there any more; if it was then, this deployment removed it.
  const removedNow = former.serviceId !== service.id && services.some(({ id }) => id === former.serviceId);
  return untouched && !removedNow && current.every(({ createdAt }) => Date.parse(createdAt) < at);
}

/** That a former task still stops. */
export interface Former {
  /** `its former task still stops on node2, which may take up to 24 h` */
  text: string;
  /** An update before this deployment began that: it is true, and no failure of the deployment. */
  leftBehind: boolean;
}

/**
 * What to say of `formerTasks`; undefined if there are none.
 * @param start of the deployment that asks; without, all count
 */
export function formerOf(
  service: SwarmService,
  current: readonly SwarmTask[],
  stopping: readonly SwarmTask[],
  swarm: OfStack,
  start: DeploymentStart | undefined,
): Former | undefined {
  const all = formerTasks(service, current, stopping, swarm);
  const ofNow = all.find((task) => start === undefined || !wasLeftBehind(task, service, current, start));
  const task = ofNow ?? all[0];
  return task && { text: formerText(task, swarm.nodes), leftBehind: ofNow === undefined };
}

const formerText = (task: SwarmTask, nodes: readonly Pick<SwarmNode, 'id' | 'hostname'>[]): string =>
  `its former task still stops on ${nodeName(task, nodes)}, which may take up to ${duration(stopGraceMs(task))}`;

/** Its node's host name. */
export const nodeName = (
  { nodeId }: Pick<SwarmTask, 'nodeId'>,
  nodes: readonly Pick<SwarmNode, 'id' | 'hostname'>[],
): string => nodes.find(({ id }) => id === nodeId)?.hostname ?? nodeId;
