import type { ServiceSpec } from '../compose/spec.ts';
import type { SwarmService, SwarmTask } from '../engine/port.ts';
import { isJobService, swarmWants } from '../swarm/current-tasks.ts';
import { fieldChanges, isEndpointField, liveFields, PORTS_FIELD, type FieldChange } from '../plan/diff.ts';

/**
 * The services of which the swarm may have kept tasks with the ports of before. If of a task's specification nothing
 * but the placement differs, and its node still fits, swarmkit takes it for up to date, and does not look at the ports
 * then (manager/orchestrator/task.go, IsTaskDirty; its own word is the `_up-to-date` filter). The placement differs in
 * nearly every first update: what the registry said of platforms stands in it, and goes with a deployment that does not
 * ask the registry again. An update that replaces a task has a status, one that keeps them all has none (updater.go,
 * Run). Seen on 20.10 and 28.
 */
export function mayKeepPorts<Service extends SwarmService>(services: readonly Service[]): Service[] {
  return services.filter(
    (service) =>
      service.previousSpec !== undefined &&
      service.updateStatus === undefined &&
      !isJobService(service) &&
      JSON.stringify(service.previousSpec['EndpointSpec']) !== JSON.stringify(service.spec['EndpointSpec']) &&
      fieldChanges(liveFields(service.previousSpec, new Map()), liveFields(service.spec, new Map())).some(({ field }) =>
        isEndpointField(field),
      ),
  );
}

/**
 * What is to change of services whose tasks the swarm kept, by the service's id: to be replaced is all there is to it.
 * @param suspects as `mayKeepPorts` gives them
 * @param tasks from the `_up-to-date` filter, read after them
 */
export function keptPorts(
  suspects: readonly SwarmService[],
  tasks: readonly Pick<SwarmTask, 'serviceId' | 'desiredState' | 'createdAt'>[],
): Map<string, FieldChange> {
  const kept = suspects.filter(({ id, updatedAt }) =>
    tasks.some(
      (task) => task.serviceId === id && swarmWants(task) && Date.parse(task.createdAt) < Date.parse(updatedAt),
    ),
  );
  return new Map(kept.map(({ id, spec, previousSpec = {} }) => [id, portsChange(previousSpec, spec)]));
}

function portsChange(before: ServiceSpec, now: ServiceSpec): FieldChange {
  const [from, to] = [portsOf(before), portsOf(now)];
  return { field: PORTS_FIELD, kind: 'changed', effect: 'restart', ...(from !== to && { from, to }) };
}

function portsOf({ EndpointSpec }: ServiceSpec): string {
  const ports = (EndpointSpec?.Ports ?? []).map(
    ({ PublishedPort = 0, Protocol = 'tcp' }) => `${String(PublishedPort)}/${Protocol}`,
  );
  return ports.length === 0 ? 'none' : ports.sort().join(', ');
}
