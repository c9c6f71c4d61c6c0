import type { ServiceSpec } from '../compose/spec.ts';
import type { SwarmService } from '../engine/port.ts';

/** The environment of a live service, by name. */
export function variablesOf({ spec }: Pick<SwarmService, 'spec'>): Map<string, string> {
  const env = (spec as ServiceSpec).TaskTemplate?.ContainerSpec?.Env ?? [];
  return new Map(env.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]));
}
