import type { EndpointExpectation, TlsEndpoint } from '../../sdk/definition.ts';
import { currentTasks } from '../../swarm/current-tasks.ts';
import type { Snapshot } from '../../swarm/snapshot.ts';
import type { SwarmService, SwarmTask } from '../../engine/port.ts';
import type { PlacedEndpoint } from './types.ts';
import { placesOf } from './where.ts';

/** A task's endpoints with where they are, and with the names that are dialled in fact. */
export function placedEndpoints(
  { endpoints, certificates }: { endpoints: readonly EndpointExpectation[]; certificates: readonly TlsEndpoint[] },
  service: SwarmService,
  task: SwarmTask,
  snapshot: Snapshot,
  stack: string,
): PlacedEndpoint[] {
  const live = <One extends EndpointExpectation>(endpoint: One): One =>
    endpoint.kind === 'tls' ? { ...endpoint, names: dialled(endpoint, snapshot, stack) } : endpoint;
  return endpoints.map(live).map((endpoint) => {
    const certificate = certificates.find((one) => one.port === endpoint.port);
    const tls = certificate && live(certificate);
    // A register is not at this task's port.
    const published = endpoint.kind === 'registration' ? [] : placesOf(service, task, endpoint.port, snapshot.nodes);
    const places = published.filter(({ host }) => host !== '');
    const unaddressed = places.length < published.length && places.length === 0;
    return { endpoint, places, ...(tls === undefined ? {} : { tls }), ...(unaddressed ? { unaddressed } : {}) };
  });
}

/**
 * The definition's names, and what the environment of its clients' current tasks says: that is what they really dial.
 */
function dialled({ names, dialledBy }: TlsEndpoint, { services, tasks }: Snapshot, stack: string): string[] {
  if (dialledBy === undefined) return names;
  const clients = services.filter(({ name }) => dialledBy.services.some((client) => name === `${stack}_${client}`));
  const said = clients
    .flatMap((client) => currentTasks(client, tasks))
    .map((task) => environmentOf(task, dialledBy.variable));
  return [...new Set([...names, ...said.filter((value) => value !== undefined && value !== '')])] as string[];
}

function environmentOf({ spec }: SwarmTask, variable: string): string | undefined {
  const lines = (spec as { ContainerSpec?: { Env?: string[] | null } | null }).ContainerSpec?.Env ?? [];
  return lines.findLast((line) => line.startsWith(`${variable}=`))?.slice(variable.length + 1);
}
