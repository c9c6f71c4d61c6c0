import { LABEL } from '../bundle/names.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import type { StackDocument } from '../compose/types.ts';
import { STACK_NAMESPACE, type SwarmNetwork, type SwarmService } from '../engine/port.ts';
import { attachmentsOf } from '../swarm/attachments.ts';

/** A service on a network, and the names by which others find it there: docker compares them without regard to case. */
export interface NameBearer {
  /** The swarm's name of the service. */
  service: string;
  names: string[];
}

/** Services of the swarm on a network. */
export function bearersOn(
  { id, name }: SwarmNetwork,
  services: readonly SwarmService[],
): (NameBearer & Pick<SwarmService, 'id'>)[] {
  return services.flatMap((service) => {
    const here = attachmentsOf(service.spec).filter(({ Target }) => Target === id || Target === name);
    if (here.length === 0) return [];
    const { Hostname } = (service.spec as ServiceSpec).TaskTemplate?.ContainerSpec ?? {};
    const aliases = here.flatMap(({ Aliases }) => Aliases ?? []);
    return [{ id: service.id, service: service.name, names: namesOf([service.name, ...aliases], Hostname) }];
  });
}

/** Services of a document that are on the network which it calls `key`. */
export function ownBearers(stack: string, { services }: StackDocument, key: string): NameBearer[] {
  return Object.entries(services).flatMap(([name, { networks, hostname }]) => {
    const here = networks[key];
    const full = `${stack}_${name}`;
    return here === undefined ? [] : [{ service: full, names: namesOf([full, name, ...here.aliases], hostname) }];
  });
}

/** Services of others: neither the stack's nor a job of bundle for it. */
export const foreignServices = (stack: string, services: readonly SwarmService[]): SwarmService[] =>
  services.filter(({ labels }) => labels[STACK_NAMESPACE] !== stack && labels[LABEL.stack] !== stack);

/** A host name is one of them, unless the swarm makes another for each task. */
function namesOf(names: readonly string[], hostname = ''): string[] {
  const all = hostname === '' || hostname.includes('{{') ? names : [...names, hostname];
  return [...new Set(all.map((name) => name.toLowerCase()))];
}
