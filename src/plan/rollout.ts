import { isJob, leastTasks } from '../compose/modes.ts';
import type { ComposeService, StackDocument, UpdatePolicy } from '../compose/types.ts';
import type { Ensemble, QuorumPolicy } from '../sdk/definition.ts';
import type { ServiceChange } from './plan.ts';

/** What a plan looks at of a quorum group. */
export type PlannedEnsemble = Pick<Ensemble, 'name' | 'title' | 'services'> & {
  policy: Pick<QuorumPolicy, 'worksWith' | 'last' | 'whole'>;
};

/** Services that restart one after the other, each when the one before passes its checks. */
export interface RollingGroup {
  name: string;
  title: string;
  /** Keys in the document, in the order of the restarts. */
  services: string[];
}

/** What decides on the order of restarts. */
export interface RolloutPolicy {
  ensembles?: readonly PlannedEnsemble[];
  /** In the order in which they are updated. */
  rolling?: readonly RollingGroup[];
  /** Services that must restart together, with the secrets that ask for it. */
  joint?: ReadonlyMap<string, readonly string[]>;
  /** No group is rolled. Ensembles are all the same: members that vote must not go down together. */
  atOnce?: boolean;
  /** False: a service of a group must run, and need not pass its checks. */
  verify?: boolean;
}

export interface ServiceRestart {
  name: string;
  /** Tasks that the document wants. */
  tasks: number;
  /** Tasks of it replaced at the same time; 0 means all. */
  parallelism: number;
  order: UpdatePolicy['order'];
  /** Between two groups of tasks, as in the document. */
  delay?: string;
  failureAction: UpdatePolicy['failureAction'];
  /** Only tasks on nodes that no longer fit are replaced. */
  onlyMisplaced: boolean;
  /** It replaces no task: it runs again. */
  job?: boolean;
}

/** One stage of an update; the next begins when it has converged. */
export interface Restart {
  how: 'one-by-one' | 'at-once';
  /** The ensemble's name, where it is one. */
  ensemble?: string;
  /** The rolling group's name, where it is one. */
  group?: string;
  title?: string;
  /**
   * What must hold of one service before the next one goes down: the ensemble is whole, the service runs, or its own
   * checks pass too.
   */
  gate?: 'quorum' | 'running' | 'checks';
  /** Of an ensemble: when the next member follows, and who comes last, in words. */
  between?: string;
  /** Files of secrets for whose sake some of these services restart together. */
  shared?: string[];
  services: ServiceRestart[];
}

/**
 * What restarts, in which order and how many at a time: each ensemble of which members restart, one member after the
 * other; then, at once, what is in no group or must restart together; then each rolling group, one service after the
 * other. Pure; empty where nothing restarts. Services that are created replace no task and are not in it.
 */
export function rolloutOf(
  changes: readonly ServiceChange[],
  document: StackDocument,
  policy: RolloutPolicy = {},
): Restart[] {
  const {
    ensembles = [],
    rolling = [],
    joint = new Map<string, readonly string[]>(),
    atOnce = false,
    verify = true,
  } = policy;
  const restarting = changes.flatMap((change) => {
    const service = document.services[change.name];
    return change.action === 'update' && change.restarts && service !== undefined ? [restartOf(change, service)] : [];
  });
  const inOrder = (names: readonly string[]): ServiceRestart[] =>
    names.filter((name) => !joint.has(name)).flatMap((name) => restarting.find((each) => each.name === name) ?? []);
  // One server alone has nobody to wait for.
  const several = ensembles.filter(({ services }) => services.length > 1);
  const groups = atOnce ? [] : rolling;
  const ordered = new Set([...several, ...groups].flatMap(({ services }) => services));
  const others = restarting.filter(({ name }) => joint.has(name) || !ordered.has(name));
  const shared = [...new Set(others.flatMap(({ name }) => joint.get(name) ?? []))];
  return [
    ...several.map(({ name, title, services, policy: { whole, last } }): Restart => ({
      how: 'one-by-one',
      ensemble: name,
      title,
      gate: 'quorum',
      between: `each when ${whole}${last === undefined ? '' : `, ${last} last`}`,
      services: inOrder(services),
    })),
    { how: 'at-once' as const, ...(shared.length > 0 && { shared }), services: others },
    ...groups.map(({ name, title, services }): Restart => ({
      how: 'one-by-one',
      group: name,
      title,
      gate: verify ? 'checks' : 'running',
      services: inOrder(services),
    })),
  ].filter(({ services }) => services.length > 0);
}

/** When the next service of a rolling group goes down. */
const GATE = {
  running: 'the next one goes down when the one before has run for its window',
  checks:
    'the next one goes down when the one before has run for its window and passes every check of it that can be asked',
} as const;

/** The stages in lines for people, one each, and what stands between two services. */
export function describeRollout(stages: readonly Restart[]): string[] {
  const lines = stages.flatMap((stage, index) => {
    const first = index === 0 ? '' : 'then ';
    if (stage.how === 'at-once') {
      const { shared = [] } = stage;
      const why =
        `      ${shared.join(', ')} ${shared.length === 1 ? 'changes' : 'change'}: all who mount ` +
        `${shared.length === 1 ? 'it' : 'them'} restart together`;
      return [
        `  ${first}at once: ${stage.services.map((service) => `${service.name} (${detail(service)})`).join(', ')}`,
        ...(shared.length === 0 ? [] : [why]),
      ];
    }
    const names = stage.services.map(({ name }) => name).join(', ');
    if (stage.group !== undefined)
      return [`  ${first}${names}${stage.services.length === 1 ? '' : ': one after the other'} (${stage.title ?? ''})`];
    const each = stage.services.length === 1 ? 'the others stay' : `one after the other, ${stage.between ?? ''}`;
    return [`  ${first}${names}: ${each} (${stage.title ?? ''})`];
  });
  const gates = stages.flatMap(({ gate, services }) =>
    gate === 'checks' || gate === 'running' ? services.map(() => gate) : [],
  );
  const [gate] = gates;
  return [...lines, ...(gate !== undefined && gates.length > 1 ? [`    ${GATE[gate]}`] : [])];
}

/** Of the engine, for a service that names no policy: moby/swarmkit, api/defaults. */
const DEFAULT_UPDATE = { parallelism: 1, failureAction: 'pause', order: 'stop-first' } as const;

function restartOf(change: ServiceChange, service: ComposeService): ServiceRestart {
  const { parallelism, order, delay, failureAction }: Omit<UpdatePolicy, 'monitor'> =
    service.deploy.update ?? DEFAULT_UPDATE;
  return {
    name: change.name,
    tasks: leastTasks(service),
    parallelism,
    order,
    ...(delay !== undefined && { delay }),
    failureAction,
    onlyMisplaced: !change.changes.some(({ effect }) => effect === 'restart'),
    ...(isJob(service) && { job: true }),
  };
}

function detail(restart: ServiceRestart): string {
  const { tasks, parallelism, order, delay, failureAction, onlyMisplaced, job } = restart;
  if (job === true) return 'a job, runs again';
  if (tasks === 0) return 'no task';
  const several = tasks > 1 && parallelism !== 0 && parallelism < tasks;
  const after = { pause: '', continue: 'goes on after a failure', rollback: 'rolls back after a failure' }[
    failureAction
  ];
  return [
    `${tasks} ${tasks === 1 ? 'task' : 'tasks'}`,
    ...(several ? [`${parallelism} at a time`] : tasks > 1 ? ['all at a time'] : []),
    ...(several && delay !== undefined ? [`${delay} apart`] : []),
    order.replace('-', ' '),
    ...(after === '' ? [] : [after]),
    ...(onlyMisplaced ? ['only where the node no longer fits'] : []),
  ].join(', ');
}
