import type { ServiceSpec } from '../compose/spec.ts';
import type { StackDocument } from '../compose/types.ts';
import { STACK_NAMESPACE, type StackObject, type SwarmService } from '../engine/port.ts';
import { ownServices } from './own-services.ts';

/**
 * The stack's volumes of those that an engine has: by their label, or, without one, by a name that the document or a
 * service of the stack uses. Swarm takes a volume by its name alone, so one that was copied or restored by hand
 * (`docker volume create`) is used as it is. One that bears the label of another stack never counts.
 */
export function ownVolumes<Volume extends Pick<StackObject, 'name' | 'labels'>>(
  stack: string,
  { document, services }: { document: StackDocument; services: readonly Pick<SwarmService, 'labels' | 'spec'>[] },
  volumes: readonly Volume[],
): Volume[] {
  const mounted = ownServices(stack, services).flatMap(({ spec }) =>
    ((spec as ServiceSpec).TaskTemplate?.ContainerSpec?.Mounts ?? []).flatMap(({ Type, Source }) =>
      Type === 'volume' && Source?.startsWith(`${stack}_`) ? [Source] : [],
    ),
  );
  const names = new Set([...Object.keys(document.volumes).map((key) => `${stack}_${key}`), ...mounted]);
  return volumes.filter((volume) => isLabelled(stack, volume) || (hasNoStack(volume) && names.has(volume.name)));
}

/** Whether a volume is the stack's beyond doubt: a name alone may be that of a volume of somebody else. */
export const isLabelled = (stack: string, { labels }: Pick<StackObject, 'labels'>): boolean =>
  labels[STACK_NAMESPACE] === stack;

/** Whether a volume bears the label of another stack: what uses it by its name works with that one's data. */
export const isOfAnother = (stack: string, volume: Pick<StackObject, 'labels'>): boolean =>
  !hasNoStack(volume) && !isLabelled(stack, volume);

const hasNoStack = ({ labels }: Pick<StackObject, 'labels'>): boolean => labels[STACK_NAMESPACE] === undefined;
