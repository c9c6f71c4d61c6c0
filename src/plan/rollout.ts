import type { Restart, ServiceChange, ServiceRestart } from './changes.ts';
import { isJob, leastTasks } from '../compose/modes.ts';
import type { ComposeService, StackDocument, UpdatePolicy } from '../compose/types.ts';
import type { Ensemble, QuorumPolicy } from '../sdk/definition.ts';
import { isStopped } from './stopped.ts';

/** What a plan looks at of a quorum group. */
export type PlannedEnsemble = Pick<Ensemble, 'name' | 'title' | 'services'> & {
  policy: Pick<QuorumPolicy, 'worksWith' | 'last' | 'whole'>;
};

/** Services that restart one after the other, each when the one before passes its checks. */
export interface RollingOrder {
  name: string;
  title: string;
  /** Keys in the document, in the order of the restarts. */
  services: string[];
}

/** What decides on the order of restarts. */
export interface RolloutPolicy {
  ensembles?: readonly PlannedEnsemble[];
  /** In the order in which they are updated. */
  rolling?: readonly RollingOrder[];
  /** Services that must restart together, with the secrets that ask for it. */
  joint?: ReadonlyMap<string, readonly string[]>;
  /** Those that do so since they must agree on properties, with these. */
  agreed?: ReadonlyMap<string, readonly string[]>;
  /** Those that do so since certificates have expired, with these. */
  expired?: ReadonlyMap<string, readonly string[]>;
  /** No group is rolled. Ensembles still are: members that vote must not go down together. */
  atOnce?: boolean;
  /** False: a service of a group must run, and need not pass its checks. */
  verify?: boolean;
}

/**
 * What restarts, in which order and how many at a time: each ensemble of which members restart, one member after the
 * other, and one of a single member if others follow; then, at once, what is in no group or must restart together; then
 * each rolling group, one service after the other. Pure; empty if nothing restarts. Services that are created replace
 * no task and are not in it.
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
    agreed = new Map<string, readonly string[]>(),
    expired = new Map<string, readonly string[]>(),
    atOnce = false,
    verify = true,
  } = policy;
  const restarting = changes.flatMap((change) => {
    const service = document.services[change.name];
    return change.action === 'update' && change.restarts && service !== undefined ? [restartOf(change, service)] : [];
  });
  const isJoint = (name: string): boolean => [joint, agreed, expired].some((map) => map.has(name));
  const stopped = new Set(changes.filter(isStopped).map(({ name }) => name));
  // A run that ended while it stopped them left one at 0, which alone has the new version: no other lets it in.
  const mates = ensembles.flatMap(({ services }) => (services.some(isJoint) ? services : []));
  const together = (name: string): boolean => isJoint(name) || (stopped.has(name) && mates.includes(name));
  const inOrder = (names: readonly string[]): ServiceRestart[] =>
    names.filter((name) => !together(name)).flatMap((name) => restarting.find((each) => each.name === name) ?? []);
  // One server alone has nobody to wait for, but groups that follow it wait for it.
  const turns = ensembles.filter(
    ({ services }, index) =>
      services.length > 1 || ensembles.slice(index + 1).some((later) => inOrder(later.services).length > 0),
  );
  const groups = atOnce ? [] : rolling;
  const ordered = new Set([...turns, ...groups].flatMap(({ services }) => services));
  const others = restarting.filter(({ name }) => together(name) || !ordered.has(name));
  const namesIn = (map: ReadonlyMap<string, readonly string[]>): string[] => [
    ...new Set(others.flatMap(({ name }) => map.get(name) ?? [])),
  ];
  const [shared, fields, ended] = [namesIn(joint), namesIn(agreed), namesIn(expired)];
  return [
    ...turns.map(({ name, title, services, policy: { whole, last } }): Restart => ({
      how: 'one-by-one',
      ensemble: name,
      title,
      ...(services.length > 1
        ? { gate: 'quorum', between: `each when ${whole}${last === undefined ? '' : `, ${last} last`}` }
        : { gate: 'running' }),
      services: inOrder(services),
    })),
    {
      how: 'at-once' as const,
      ...(shared.length > 0 && { shared }),
      ...(fields.length > 0 && { agreed: fields }),
      ...(ended.length > 0 && { expired: ended }),
      services: others,
    },
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
  running: 'each once the one before keeps running',
  checks: 'each once the one before keeps running and passes its own checks',
} as const;

/** How services restart that do so one after the other, for people, with what stands between two. */
export function gateText(stages: readonly Restart[]): string {
  const [first] = stages;
  const between = first?.gate === 'checks' || first?.gate === 'running' ? GATE[first.gate] : first?.between;
  return `one after the other${between === undefined ? '' : `, ${between}`}`;
}

/** Their names in order; the order of an ensemble's members is only known when they are asked who leads. */
export function chainText(stages: readonly Restart[], named: (service: string) => string): string {
  const names = stages.flatMap(({ services }) => services.map(({ name }) => named(name)));
  return names.join(stages.some(({ ensemble }) => ensemble !== undefined) ? ', ' : ' → ');
}

/** Whether all of them are one ensemble, or rolling groups that follow each other. */
export function isOneChain(stages: readonly Restart[]): boolean {
  return chains(stages).length === 1 && stages[0]?.how === 'one-by-one';
}

/** Whether the order needs no word: one task of one service restarts, if any. */
export function isPlain(stages: readonly Restart[]): boolean {
  const services = stages.flatMap((stage) => stage.services);
  return (
    stages.every(
      ({ ensemble, shared = [], agreed = [], expired = [] }) =>
        ensemble === undefined && shared.length + agreed.length + expired.length === 0,
    ) &&
    services.length <= 1 &&
    services.every(({ tasks, job }) => tasks <= 1 && job !== true)
  );
}

/**
 * The stages in lines for people: what restarts one after the other as a chain, what restarts together with its
 * numbers. Rolling groups that follow each other are one chain.
 */
export function describeRollout(
  stages: readonly Restart[],
  named: (service: string) => string = (name) => name,
): string[] {
  const steps = chains(stages);
  return steps.flatMap((step, index) => {
    const number = steps.length === 1 ? '  ' : `  ${index + 1}. `;
    const [first] = step;
    if (first === undefined) return [];
    if (first.how === 'at-once') {
      const { shared = [], agreed = [], expired = [] } = first;
      const indent = ' '.repeat(number.length);
      const why =
        `${indent}${shared.join(', ')} ${shared.length === 1 ? 'changes' : 'change'}: all who mount ` +
        `${shared.length === 1 ? 'it' : 'them'} restart together`;
      const unlike =
        `${indent}${agreed.join(', ')} ${agreed.length === 1 ? 'changes' : 'change'}: services that must agree on ` +
        `${agreed.length === 1 ? 'it' : 'them'} restart together`;
      const ended =
        `${indent}${expired.join(', ')} expired: those that mount them restart together, since none of them is let ` +
        'in by another any more';
      return [
        `${number}at once: ${first.services.map((service) => `${named(service.name)}${detail(service)}`).join(', ')}`,
        ...(shared.length === 0 ? [] : [why]),
        ...(agreed.length === 0 ? [] : [unlike]),
        ...(expired.length === 0 ? [] : [ended]),
      ];
    }
    const several = step.flatMap(({ services }) => services).length > 1;
    const alone = first.gate === 'quorum' ? 'the other members stay up' : 'what follows waits until it keeps running';
    const how = several ? gateText(step) : first.ensemble === undefined ? '' : alone;
    return [`${number}${chainText(step, named)}${how === '' ? '' : `  ${how}`}`];
  });
}

/** Rolling groups that follow each other together. */
function chains(stages: readonly Restart[]): Restart[][] {
  const steps: Restart[][] = [];
  for (const stage of stages) {
    const last = steps.at(-1);
    if (stage.group !== undefined && last?.[0]?.group !== undefined) last.push(stage);
    else steps.push([stage]);
  }
  return steps;
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

/** ` (5 tasks, 2 at a time, …)`: what is not so of most services; nothing for one task that is replaced and no more. */
function detail(restart: ServiceRestart): string {
  const { tasks, parallelism, order, delay, failureAction, onlyMisplaced, job } = restart;
  if (job === true) return ' (a job, runs again)';
  if (tasks === 0) return ' (no task)';
  const several = tasks > 1 && parallelism !== 0 && parallelism < tasks;
  const after = { pause: '', continue: 'goes on after a failure', rollback: 'rolls back after a failure' }[
    failureAction
  ];
  const said = [
    ...(tasks === 1 ? [] : [`${tasks} tasks`, several ? `${parallelism} at a time` : 'all at a time']),
    ...(several && delay !== undefined ? [`${delay} apart`] : []),
    ...(order === 'start-first' ? ['the new one starts before the old one stops'] : []),
    ...(after === '' ? [] : [after]),
    ...(onlyMisplaced ? ['only if the node no longer fits'] : []),
  ];
  return said.length === 0 ? '' : ` (${said.join(', ')})`;
}
