import type { CheckResult } from '../verify/result.ts';
import { containerFault, removalCommand } from './container-fault.ts';
import { isOver, isOfService, serviceOf } from './container-task.ts';
import type { Found, RunHost } from './host-containers.ts';
import { containerName } from './plan/command.ts';

/** Where the services of the document belong. */
export interface Belonging {
  stack: string;
  /** By service, the host of its placement. */
  services: Readonly<Record<string, { host: string }>>;
}

/** Containers of services. */
export interface Parted {
  /** On the host that its service's placement names: those that have ended, and at most one that lives. */
  placed: Found[];
  /** Those that live elsewhere, beside another one, or though the document has no such service. */
  strays: Found[];
}

/** Tells the containers that stand for their services from those that nothing stops any more. */
export function partContainers(found: readonly Found[], { stack, services }: Belonging): Parted {
  const ofServices = found.filter(({ container }) => isOfService(container));
  const placed = Object.entries(services).flatMap(([service, { host }]) => {
    const own = ofServices.filter((one) => serviceOf(one.container) === service && one.host.name === host);
    const alive = own
      .filter(({ container }) => !isOver(container))
      .sort((a, b) => Date.parse(b.container.createdAt) - Date.parse(a.container.createdAt));
    const chosen = alive.find(({ container }) => container.name === containerName(stack, service)) ?? alive[0];
    return own.filter((one) => one === chosen || isOver(one.container));
  });
  // One engine may be named for two hosts, as after a change of a host's name: what is in its place there is no stray.
  const inPlace = new Set(placed.map(({ container }) => container.id));
  return { placed, strays: ofServices.filter(({ container }) => !inPlace.has(container.id) && !isOver(container)) };
}

/**
 * A failure for each container that runs where it should not, with the command that ends it: two of one identity write
 * under the same name to two volumes, and one of a service that left keeps the secrets that it mounts.
 * @param isSilent whether the engine of a host gives no answer any more: then it only was so
 */
export function strayResults(
  { placed, strays }: Parted,
  { services }: Belonging,
  isSilent: (host: RunHost) => boolean,
): CheckResult[] {
  return strays.map((one) => {
    const { host, container } = one;
    const service = serviceOf(container);
    const detail =
      `${container.name} runs on ${host.name}, ${whyStray(service, services[service]?.host, host.name, placed)}; ` +
      `on ${host.name}: ${removalCommand(one)} (its volumes stay)`;
    return containerFault(one, detail, isSilent);
  });
}

function whyStray(service: string, place: string | undefined, host: string, placed: readonly Found[]): string {
  if (place === undefined) return `and bundle.yaml has no service ${service}`;
  const right = placed.find(({ container }) => serviceOf(container) === service && !isOver(container));
  if (right === undefined) return `and bundle.yaml places ${service} on ${place}`;
  const there = place === host ? right.container.name : `that on ${place}`;
  return `beside ${there}: bundle.yaml has one ${service} alone, on ${place}`;
}
