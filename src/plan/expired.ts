import type { ServiceSpec } from '../compose/spec.ts';
import type { SwarmService } from '../engine/port.ts';
import type { ServiceChange } from './changes.ts';
import { shortName } from './own-services.ts';
import type { PlannedEnsemble } from './rollout.ts';

/**
 * Services that restart together since certificates by which they know each other have expired, each with the files of
 * those that it mounts. Member by member, the first one with a new certificate would be let in by none of the others,
 * and would let in none of them: so it is done at once if there is a quorum group of which those in date would not do
 * its work, and if this update takes the expired ones from all of its members. Else the group is asked as ever.
 * @param services of the stack, as they run
 * @param expired the swarm's names of secrets
 */
export function expiredRestarts(
  stack: string,
  changes: readonly ServiceChange[],
  ensembles: readonly PlannedEnsemble[],
  services: readonly SwarmService[],
  expired: ReadonlySet<string>,
): Map<string, string[]> {
  const mounted = new Map(services.map((service) => [shortName(stack, service.name), expiredOf(service, expired)]));
  const holds = (name: string): string[] => mounted.get(name) ?? [];
  const losing = changes.filter(
    ({ action, restarts, changes: fields }) =>
      action === 'update' && restarts && fields.some(({ from = '' }) => expired.has(from)),
  );
  const loses = (name: string): boolean => losing.some((change) => change.name === name);
  const held = ensembles
    .filter(({ services: members }) => members.length > 1)
    .map(({ services: members, policy }) => ({ there: members.filter((name) => mounted.has(name)), policy }))
    .filter(({ there }) => there.some((name) => holds(name).length > 0));
  const stuck = held.filter(({ there, policy }) => !policy.worksWith(there.filter((name) => holds(name).length === 0), there)); // prettier-ignore
  const renewed = stuck.every(({ there }) => there.every((name) => holds(name).length === 0 || loses(name)));
  if (stuck.length === 0 || !renewed) return new Map();
  // Another member of such a group would be proved by those that cannot answer.
  const mates = new Set(held.flatMap(({ there }) => there));
  return new Map(
    changes
      .filter(({ name, action, restarts }) => loses(name) || (action === 'update' && restarts && mates.has(name)))
      .map(({ name }) => [name, holds(name).map((secret) => fileOf(stack, secret))]),
  );
}

function expiredOf({ spec }: SwarmService, expired: ReadonlySet<string>): string[] {
  const { Secrets } = (spec as ServiceSpec).TaskTemplate?.ContainerSpec ?? {};
  return (Secrets ?? []).flatMap(({ SecretName = '' }) => (expired.has(SecretName) ? [SecretName] : []));
}

/** The swarm calls a version of a file `<stack>_<file>.v<N>`. */
const fileOf = (stack: string, secret: string): string => secret.slice(stack.length + 1).replace(/\.v\d+$/, '');
