import type { SwarmService, SwarmTask } from '../engine/port.ts';
import type { ConvergeFinding } from './outcome.ts';

export type UpdateNews =
  | { is: 'quiet' }
  | { is: 'rolling-back' }
  | {
      is: 'failed';
      kind: 'rolled-back' | 'update-paused';
      message: string;
      /** It was so before this deployment. */ old?: boolean;
    };

/**
 * What the swarm says of the service's update. A rollback that ended before this deployment (`before` shows the same
 * one) is old news; any write to a service clears its update status, so one that is still there was not written to.
 */
export function updateNews(service: SwarmService, before: SwarmService | undefined): UpdateNews {
  const status = service.updateStatus;
  if (status === undefined) return { is: 'quiet' };
  switch (status.state) {
    case 'rollback_started':
      return { is: 'rolling-back' };
    case 'rollback_completed':
      if (sameUpdate(status, before?.updateStatus)) return { is: 'quiet' };
      return { is: 'failed', kind: 'rolled-back', message: status.message };
    case 'paused':
    case 'rollback_paused':
      return {
        is: 'failed',
        kind: 'update-paused',
        message: status.message,
        old: sameUpdate(status, before?.updateStatus),
      };
    default:
      return { is: 'quiet' };
  }
}

/** The failure's text, with what the task that caused it says. */
export function updateFailure(
  news: UpdateNews & { is: 'failed' },
  began: string | undefined,
  service: string,
  tasks: readonly SwarmTask[],
): ConvergeFinding {
  // "rollback completed" no longer says why; what the swarm said at its beginning does.
  const message = began ?? news.message;
  const culprit = newestFailure(taskIn(message), tasks);
  const because = culprit === undefined ? '' : `; ${culprit.error || culprit.message || 'its task ended'}`;
  const inspect = `docker service ps --no-trunc ${service} shows the tasks of the update`;
  const task = culprit === undefined ? {} : { task: culprit };
  if (news.kind === 'rolled-back') {
    return {
      kind: 'rolled-back',
      ...task,
      text: `the swarm rolled the update back, so the previous version runs: ${message}${because}`,
      hints: [inspect, 'fix the cause, then deploy again'],
    };
  }
  return {
    kind: 'update-paused',
    ...task,
    text: `the swarm paused the update, so some tasks may still run the previous version: ${message}${because}`,
    hints: [inspect, 'fix the cause, then deploy again'],
  };
}

function taskIn(message: string): string | undefined {
  return /\btask (\w+)/.exec(message)?.[1];
}

/** Where no task is named, the newest failed one of the service stands in. */
function newestFailure(id: string | undefined, tasks: readonly SwarmTask[]): SwarmTask | undefined {
  return (
    tasks.find((task) => task.id === id) ?? tasks.find((task) => task.state === 'failed' || task.state === 'rejected')
  );
}

function sameUpdate(a: NonNullable<SwarmService['updateStatus']>, b: SwarmService['updateStatus']): boolean {
  return b !== undefined && a.state === b.state && a.startedAt === b.startedAt && a.completedAt === b.completedAt;
}
