import type { ComposeService, StackDocument, UpdatePolicy } from '../compose/types.ts';
import type { ServiceChange } from './plan.ts';

/** Services that form one ensemble: one member at a time is updated. */
export interface Ensemble {
  name: string;
  title: string;
  /** Keys in the document. */
  services: string[];
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
}

/** One stage of an update; the next begins when it has converged. */
export interface Restart {
  how: 'one-by-one' | 'at-once';
  /** The ensemble's name, where it is one. */
  ensemble?: string;
  title?: string;
  services: ServiceRestart[];
}

/**
 * What restarts, in which order and how many at a time: each ensemble of which members restart, one member after the other, then all other services
 * at once. Pure; empty where nothing restarts. Services that are created replace no task and are not in it.
 */
export function rolloutOf(changes: readonly ServiceChange[], document: StackDocument, ensembles: readonly Ensemble[] = []): Restart[] {
  const restarting = changes.flatMap((change) => {
    const service = document.services[change.name];
    return change.action === 'update' && change.restarts && service !== undefined ? [restartOf(change, service)] : [];
  });
  const members = (services: readonly string[]): ServiceRestart[] => restarting.filter(({ name }) => services.includes(name));
  // One server alone has nobody to wait for.
  const several = ensembles.filter(({ services }) => services.length > 1);
  const inEnsemble = new Set(several.flatMap(({ services }) => services));
  const others = restarting.filter(({ name }) => !inEnsemble.has(name));
  return [
    ...several.map(({ name, title, services }): Restart => ({ how: 'one-by-one', ensemble: name, title, services: members(services) })),
    { how: 'at-once' as const, services: others },
  ].filter(({ services }) => services.length > 0);
}

/** The stages in lines for people, one each. */
export function describeRollout(stages: readonly Restart[]): string[] {
  return stages.map((stage, index) => {
    const first = index === 0 ? '' : 'then ';
    if (stage.how === 'at-once') return `  ${first}at once: ${stage.services.map((service) => `${service.name} (${detail(service)})`).join(', ')}`;
    const names = stage.services.map(({ name }) => name).join(', ');
    const each = stage.services.length === 1 ? 'the others stay' : 'one after the other, each when the ensemble is whole again, the leader last';
    return `  ${first}${names}: ${each} (${stage.title ?? ''})`;
  });
}

function restartOf(change: ServiceChange, { deploy }: ComposeService): ServiceRestart {
  const { parallelism, order, delay, failureAction } = deploy.update;
  return {
    name: change.name,
    tasks: deploy.replicas,
    parallelism,
    order,
    ...(delay !== undefined && { delay }),
    failureAction,
    onlyMisplaced: !change.changes.some(({ effect }) => effect === 'restart'),
  };
}

function detail({ tasks, parallelism, order, delay, failureAction, onlyMisplaced }: ServiceRestart): string {
  if (tasks === 0) return 'no task';
  const several = tasks > 1 && parallelism !== 0 && parallelism < tasks;
  const after = { pause: '', continue: 'goes on after a failure', rollback: 'rolls back after a failure' }[failureAction];
  return [
    `${tasks} ${tasks === 1 ? 'task' : 'tasks'}`,
    ...(several ? [`${parallelism} at a time`] : tasks > 1 ? ['all at a time'] : []),
    ...(several && delay !== undefined ? [`${delay} apart`] : []),
    order.replace('-', ' '),
    ...(after === '' ? [] : [after]),
    ...(onlyMisplaced ? ['only where the node no longer fits'] : []),
  ].join(', ');
}
