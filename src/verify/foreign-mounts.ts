import { STACK_NAMESPACE, type SwarmSecret, type SwarmService } from '../engine/port.ts';
import type { CheckResult } from './result.ts';

export interface ForeignMountsOptions {
  stack: string;
  /** Short names of the stack's services. */
  own: readonly string[];
  /** Secrets of the bundle, in all versions. */
  secrets: readonly Pick<SwarmSecret, 'id' | 'name'>[];
  /** Jobs of bundle, of this operator or another, that are there for a moment. */
  isJob: (service: SwarmService) => boolean;
}

export const FOREIGN_MOUNTS = 'foreign-mounts';

/**
 * Whether a service that stack.yml does not have mounts one of the bundle's secrets, by the specs of all services of
 * the swarm.
 */
export function foreignMounts(
  services: readonly SwarmService[],
  { stack, own, secrets, isJob }: ForeignMountsOptions,
): CheckResult[] {
  const names = new Map(secrets.map(({ id, name }) => [id, name]));
  const ours = new Set(own.map((name) => `${stack}_${name}`));
  const strangers = services.filter(
    (service) => !(ours.has(service.name) && service.labels[STACK_NAMESPACE] === stack) && !isJob(service),
  );
  const found = strangers.flatMap((service): CheckResult[] => {
    const mounted = secretIds(service).flatMap((id) => names.get(id) ?? []);
    if (mounted.length === 0) return [];
    return [
      {
        service: service.name,
        check: FOREIGN_MOUNTS,
        status: 'failed',
        detail:
          `mounts ${[...new Set(mounted)].sort().join(', ')} of ${stack} and is no service of its stack.yml; ` +
          `docker service rm ${service.name} takes it away`,
      },
    ];
  });
  if (found.length > 0) return found;
  return [
    {
      service: stack,
      check: FOREIGN_MOUNTS,
      status: 'passed',
      detail: `no other service of the swarm mounts one of its ${secrets.length} secrets`,
    },
  ];
}

/** Of the task template, as the Engine API has it. */
function secretIds({ spec }: SwarmService): string[] {
  const { TaskTemplate } = spec as {
    TaskTemplate?: { ContainerSpec?: { Secrets?: { SecretID: string }[] | null } | null };
  };
  return (TaskTemplate?.ContainerSpec?.Secrets ?? []).map(({ SecretID }) => SecretID);
}
