import { duration } from '../converge/window.ts';
import type { SwarmService } from '../engine/port.ts';
import type { Ensemble } from '../sdk/definition.ts';
import type { Plan } from '../plan/changes.ts';
import { ownServices, shortName } from '../plan/own-services.ts';
import { isReplaced } from '../plan/stopped.ts';
import { outlastsUpdate } from '../swarm/former-tasks.ts';
import { leavingMembers } from './refuse.ts';
import { wavesOf } from './stages.ts';
import { membersOf } from './waves.ts';

type Group = Pick<Ensemble, 'title' | 'services' | 'isMember'> & { policy: Pick<Ensemble['policy'], 'grow'> };
type Planned = Pick<Plan, 'stack' | 'services' | 'restarts' | 'told' | 'labels'>;

/**
 * Why a plan may only be carried out in stages, which `bundle deploy` does and one `docker stack deploy` does not:
 * software must be told of a secret, members of a quorum group come, restart or go one after the other, each proved, or
 * a task must have ended before its successor starts. Pure.
 * @param live services of the swarm, as they are now
 * @returns a reason each; none if one call does the same
 */
export function onlyStaged(plan: Planned, ensembles: readonly Group[], live: readonly SwarmService[]): string[] {
  const { works } = wavesOf(plan, ensembles, []);
  return [
    ...(plan.told ?? []).map(
      ({ secret, what, later = false }) =>
        `${secret} becomes ${what}, and what runs must be told so ${later ? 'once every task runs' : 'first'}`,
    ),
    ...works.map(
      ({ ensemble, work }) => `${membersOf(work).join(', ')} of ${ensemble.title} must start in turn, not all at once`,
    ),
    ...ensembles.flatMap((ensemble) => {
      const leaving = leavingMembers(ensemble, plan);
      return leaving.length === 0
        ? []
        : [`${leaving.join(', ')} of ${ensemble.title} may go only if the others, asked right before, miss nothing`];
    }),
    ...beforeSuccessors(plan, new Set(works.flatMap(({ work }) => membersOf(work))), live),
  ];
}

/**
 * Services whose tasks must have ended before others start in their place, which no command of docker waits for:
 * `docker service scale` ends once no task is to run, whether one still stops (docker/cli:
 * cli/command/service/progress/progress.go), and an update waits a minute.
 * @param inTurn those of which it is said already that they go one after the other
 */
function beforeSuccessors(
  { stack, services, labels }: Planned,
  inTurn: ReadonlySet<string>,
  live: readonly SwarmService[],
): string[] {
  const left = services.filter(({ name, action }) => action === 'update' && !inTurn.has(name));
  const away = new Set(labels.flatMap((label) => (label.when === 'move' ? label.services : [])));
  const moving = left.flatMap(({ name }) => (away.has(name) ? [name] : []));
  const staying = new Set(
    left.flatMap((change) => (isReplaced(change) && !away.has(change.name) ? [change.name] : [])),
  );
  const slow = ownServices(stack, live)
    .map((service) => ({ ...service, name: shortName(stack, service.name) }))
    .filter((service) => staying.has(service.name) && service.mode.replicas > 0 && outlastsUpdate(service));
  const longest = Math.max(...slow.map(({ stopGraceSeconds }) => stopGraceSeconds));
  return [
    ...(moving.length === 0
      ? []
      : [`the old task of ${moving.join(', ')} must have ended on its node before the new one starts on another`]),
    ...(slow.length === 0
      ? []
      : [
          `${slow.map(({ name }) => name).join(', ')} may take up to ${duration(longest * 1000)} to stop, and after a ` +
            'minute the swarm would start the new task beside the old one, on the same volume',
        ]),
  ];
}
