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

/**
 * A task that still stops in the place of one of a service's current tasks: of the service itself, or of one that was
 * removed.
 * @param stopping tasks of the whole stack that the swarm told to stop, of whatever version
 */
export function formerTask(
  service: SwarmService,
  current: readonly SwarmTask[],
  stopping: readonly SwarmTask[],
  { services, nodes }: { services: readonly SwarmService[]; nodes: readonly SwarmNode[] },
): SwarmTask | undefined {
  if (stopping.length === 0 || !mustBeAlone(service)) return undefined;
  const slots = new Set(current.map((task) => slotKey(service, task)));
  const known = new Set(services.map(({ id }) => id));
  const owners = soleOwnersOf(services.map(({ id, spec }) => [id, spec as ServiceSpec]));
  return openTasks(stopping, nodes).find((task) =>
    known.has(task.serviceId)
      ? task.serviceId === service.id && slots.has(slotKey(service, task))
      : soleOwnerOf(owners, task) === service.id,
  );
}

/** `its former task still stops on node2, which may take up to 24 h` */
export const formerText = (task: SwarmTask, nodes: readonly Pick<SwarmNode, 'id' | 'hostname'>[]): string =>
  `its former task still stops on ${nodeName(task, nodes)}, which may take up to ${duration(stopGraceMs(task))}`;

/** Its node's host name. */
export const nodeName = (
  { nodeId }: Pick<SwarmTask, 'nodeId'>,
  nodes: readonly Pick<SwarmNode, 'id' | 'hostname'>[],
): string => nodes.find(({ id }) => id === nodeId)?.hostname ?? nodeId;
