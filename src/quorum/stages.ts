import type { RollingGroup } from '../sdk/definition.ts';
import type { Stage } from '../place/stuck.ts';
import type { Plan, ServiceChange } from '../plan/changes.ts';
import { REPLICAS_FIELD } from '../plan/diff.ts';
import { ensembleWork, membersOf, type EnsembleWork, type WorkGroup } from './waves.ts';

type Planned = Pick<Plan, 'services' | 'restarts'>;

/** A rolling group of which services restart. */
export interface GroupWork {
  group: RollingGroup;
  restart: readonly string[];
}

/** Services that a deployment creates or updates, in the plan's order. */
export function toDeploy(plan: Pick<Plan, 'services'>): string[] {
  return plan.services.filter(({ action }) => action === 'create' || action === 'update').map(({ name }) => name);
}

/** What a deployment does to a stack, in its order. */
export interface Waves<Group> {
  /** Member by member. */
  works: { ensemble: Group; work: EnsembleWork }[];
  /** In one call. */
  rest: string[];
  /** Of the rest what restarts at the same moment; it is waited for if groups follow. */
  joint: string[];
  /** One service after the other. */
  groups: GroupWork[];
}

/** What is done to the stack, in which order. */
export function wavesOf<Group extends WorkGroup>(
  plan: Planned,
  ensembles: readonly Group[],
  rolling: readonly RollingGroup[],
): Waves<Group> {
  const works = ensembleWorks(plan, ensembles);
  const groups = groupWorks(plan, rolling);
  const ordered = new Set([
    ...works.flatMap(({ work }) => membersOf(work)),
    ...groups.flatMap(({ restart }) => restart),
  ]);
  return {
    works,
    rest: toDeploy(plan).filter((name) => !ordered.has(name)),
    joint: restartingAtOnce(plan),
    groups,
  };
}

/**
 * The same as placement looks at it: what must run before something else is done. Before a group restarts, those that
 * stay must run; nobody waits for the only service that restarts.
 */
export function stagesOf(
  plan: Planned,
  { ensembles, rolling }: { ensembles: readonly WorkGroup[]; rolling: readonly RollingGroup[] },
): Stage[] {
  const { works, rest, joint, groups } = wavesOf(plan, ensembles, rolling);
  const several = groups.flatMap(({ restart }) => restart).length > 1;
  return [
    ...works.flatMap(({ work }) => stagesOfWork(work)),
    { services: rest, awaited: groups.length > 0 ? joint : [] },
    ...groups.flatMap(({ group, restart }) => [
      { services: [], awaited: stayingBefore(group, rolling, plan) },
      { services: restart, awaited: several ? restart : [], inTurn: true },
    ]),
  ];
}

function stagesOfWork({ create, restart, first }: EnsembleWork): Stage[] {
  const created = create.map((wave): Stage => ({ services: wave, awaited: wave, quorum: true }));
  const restarted: Stage[] =
    restart.length === 0 ? [] : [{ services: restart, awaited: restart, quorum: true, inTurn: true }];
  return first === 'create' ? [...created, ...restarted] : [...restarted, ...created];
}

/** The groups that roll before a group, and itself. */
export function groupsUntil(group: RollingGroup, rolling: readonly RollingGroup[]): readonly RollingGroup[] {
  return rolling.slice(0, rolling.findIndex(({ name }) => name === group.name) + 1);
}

/** Those of a group and of the groups before it that exist and that this deployment does not restart. */
export function stayingBefore(group: RollingGroup, rolling: readonly RollingGroup[], plan: Planned): string[] {
  return groupsUntil(group, rolling)
    .flatMap(({ services }) => services)
    .filter((name) =>
      plan.services.some(
        (change) =>
          change.name === name && (change.action === 'unchanged' || (change.action === 'update' && !change.restarts)),
      ),
    );
}

/** Services that restart at the same moment, be they members of an ensemble: the plan says so. */
function restartingAtOnce(plan: Planned): string[] {
  return plan.restarts.flatMap(({ how, services }) => (how === 'at-once' ? services.map(({ name }) => name) : []));
}

/**
 * What is done to each quorum group member by member. Members that restart at the same moment are left to that, and
 * those that are created beside them too: nobody could prove them before. A group of one, or one that is made or
 * started as a whole, comes before groups whose members restart after it: they may need it.
 */
function ensembleWorks<Group extends WorkGroup>(plan: Planned, ensembles: readonly Group[]): Waves<Group>['works'] {
  const joint = restartingAtOnce(plan);
  const others = plan.services.filter(({ name }) => !joint.includes(name));
  const changed = (names: readonly string[], wanted: (change: ServiceChange) => boolean): string[] =>
    names.filter((name) => plan.services.some((change) => change.name === name && wanted(change)));
  return ensembles.flatMap((ensemble, index) => {
    const { services } = ensemble;
    const work = ensembleWork(ensemble, others);
    const left = work?.restart.length === 0 && services.some((name) => joint.includes(name));
    if (work !== undefined) return left ? [] : [{ ensemble, work }];
    const starts = services.some((name) => joint.includes(name)) ? [] : changed(services, isStarted);
    const later = ensembles.slice(index + 1).flatMap((each) => each.services);
    if (starts.length === 0 || changed(later, ({ restarts }) => restarts).length === 0) return [];
    return [{ ensemble, work: { create: [starts], restart: [], first: 'create', unasked: true } }];
  });
}

/** Of services, those of which a deployment starts tasks. */
export const startedOf = ({ services }: Pick<Plan, 'services'>, names: readonly string[]): string[] =>
  services.filter((change) => names.includes(change.name) && isStarted(change)).map(({ name }) => name);

/** Whether a deployment starts tasks of it. */
const isStarted = ({ action, restarts, changes }: ServiceChange): boolean =>
  action === 'create' || (action === 'update' && (restarts || changes.some(({ field }) => field === REPLICAS_FIELD)));

/** The groups that the plan rolls, in its order, with what restarts of each. */
function groupWorks(plan: Planned, rolling: readonly RollingGroup[]): GroupWork[] {
  return plan.restarts.flatMap(({ group: wanted, services }) => {
    const group = rolling.find(({ name }) => name === wanted);
    return group === undefined ? [] : [{ group, restart: services.map(({ name }) => name) }];
  });
}
