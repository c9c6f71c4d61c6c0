import { STACK_NAMESPACE, type SwarmService } from '../engine/port.ts';

/** The services that were deployed under a stack's name. */
export function ownServices<Service extends Pick<SwarmService, 'labels'>>(
  stack: string,
  services: readonly Service[],
): Service[] {
  return services.filter((service) => service.labels[STACK_NAMESPACE] === stack);
}

/** A service's key in the document, from its name on the swarm. */
export function shortName(stack: string, name: string): string {
  return name.startsWith(`${stack}_`) ? name.slice(stack.length + 1) : name;
}
