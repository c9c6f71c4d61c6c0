import { leastTasks } from '../../compose/modes.ts';
import { usageError } from '../../errors.ts';
import type { Placed, RunInput } from './types.ts';

/**
 * Every service with its host, in the document's order.
 * @throws BundleError (exit 2) for a service that is not one container on one host
 */
export function placedServices({ document, placements }: Pick<RunInput, 'document' | 'placements'>): Placed[] {
  return Object.entries(document.services).map(([name, service]) => {
    const hosts = [
      ...new Set(placements.filter(({ services }) => services.includes(name)).flatMap(({ nodes }) => nodes)),
    ];
    const [host] = hosts;
    if (host === undefined || hosts.length > 1 || leastTasks(service) !== 1) {
      const is =
        leastTasks(service) !== 1
          ? `has ${leastTasks(service)} replicas`
          : hosts.length > 1
            ? `may run on any of ${hosts.join(', ')}`
            : 'is pinned to no node';
      throw usageError('run-placement', `${name} ${is}; without a swarm it must be one container on one host`, [
        'name one node for it in bundle.yaml',
      ]);
    }
    return { name, host, service };
  });
}

/** The hosts in the order in which services name them. */
export function hostsOf(placed: readonly Placed[]): string[] {
  return [...new Set(placed.map(({ host }) => host))];
}

/** Names under which the others dial a service. */
export function namesOf({ name, service }: Placed): string[] {
  const aliases = Object.values(service.networks).flatMap((network) => network.aliases);
  return [...new Set([name, ...aliases, ...(service.hostname === undefined ? [] : [service.hostname])])];
}
