import type { Container } from '../engine/port.ts';
import type { CheckResult } from '../verify/result.ts';
import { containerFault, removalCommand } from './container-fault.ts';
import { isOver, serviceOf } from './container-task.ts';
import type { Found, RunHost } from './host-containers.ts';

/** What run.sh makes a container of, as far as its engine tells it. */
export interface Made {
  image: string;
  /** name:address, as `docker run --add-host` takes it. */
  hosts: readonly string[];
  environment: Readonly<Record<string, string>>;
}

/**
 * A failure for each container that stands for its service and was made of something else: run.sh leaves alone what is
 * there, so that it runs an image of before, or dials a member where that was.
 * @param isSilent whether the engine of a host gives no answer any more: then it only was so
 */
export function outdatedResults(
  placed: readonly Found[],
  services: Readonly<Record<string, { made: Made }>>,
  isSilent: (host: RunHost) => boolean,
): CheckResult[] {
  return placed.flatMap((one): CheckResult[] => {
    const { host, container } = one;
    const made = services[serviceOf(container)]?.made;
    const other = made === undefined || isOver(container) ? [] : differences(container, made);
    if (other.length === 0) return [];
    const detail =
      `${container.name} on ${host.name} was made by another run.sh than this rendering’s: ${other.join('; ')}; on ` +
      `${host.name}, with the folder of now: ${removalCommand(one)}, then run.sh (its volumes stay)`;
    return [containerFault(one, detail, isSilent)];
  });
}

function differences(container: Container, { image, hosts, environment }: Made): string[] {
  const set = new Set(container.env);
  const variables = Object.entries(environment).flatMap(([name, value]) => (set.has(`${name}=${value}`) ? [] : name));
  const missing = hosts.filter((host) => !container.extraHosts.includes(host));
  const extra = container.extraHosts.filter((host) => !hosts.includes(host));
  return [
    ...(container.image === image ? [] : [`it runs ${container.image}, and not ${image}`]),
    ...(missing.length === 0 ? [] : [`it does not find ${missing.join(', ')}`]),
    ...(extra.length === 0 ? [] : [`it dials ${extra.join(', ')}`]),
    ...(variables.length === 0 ? [] : [`${variables.join(', ')} of its environment`]),
  ];
}
