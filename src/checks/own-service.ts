import type { SwarmService } from '../engine/port.ts';
import { ownServices } from '../plan/own-services.ts';

/**
 * The stack's service in the swarm. One of that name which somebody else made is none: its tasks tell nothing of the
 * stack (`names` tells of it).
 * @param name in stack.yml
 */
export const ownService = <Service extends Pick<SwarmService, 'name' | 'labels'>>(
  stack: string,
  services: readonly Service[],
  name: string,
): Service | undefined => ownServices(stack, services).find((service) => service.name === `${stack}_${name}`);
