import type { SwarmService, SwarmTask, TaskState } from '../engine/port.ts';
import { newestFirst } from './current-tasks.ts';
import { hasHealthCheck } from '../converge/window.ts';

/** What a service that does not run yet is doing, in a few words for a progress line. */
export function phaseOf(
  service: SwarmService,
  current: readonly SwarmTask[],
  running: readonly SwarmTask[],
  tasks: readonly SwarmTask[],
): string {
  const others = current.filter((task) => !running.includes(task));
  if (others.length === 0) {
    return service.updateStatus?.state === 'updating'
      ? 'the swarm replaces its tasks one after another'
      : 'waiting for the swarm to make its tasks';
  }
  return [...new Set(others.map((task) => wordFor(task, tasks)))].join(', ');
}

const WORDS: Partial<Record<TaskState, string>> = {
  new: 'created',
  allocated: 'created',
  pending: 'waiting for a node',
  assigned: 'sent to its node',
  accepted: 'sent to its node',
  preparing: 'preparing (pulling the image)',
  ready: 'about to start',
  starting: 'starting',
  running: 'on a node that does not answer',
};

function wordFor(task: SwarmTask, tasks: readonly SwarmTask[]): string {
  if (task.state === 'pending' && task.error !== '') return task.error;
  const word =
    task.state === 'starting' && hasHealthCheck(task)
      ? 'starting (its health check has not passed yet)'
      : (WORDS[task.state] ?? task.state);
  if (task.desiredState !== 'ready') return word;
  // A replacement that waits for its turn: what became of the task before it is the news.
  const failed = newestFirst(tasks).find(
    (other) =>
      other.slot === task.slot &&
      other.nodeId === task.nodeId &&
      (other.state === 'failed' || other.state === 'rejected'),
  );
  return failed === undefined ? word : `restarting after: ${failed.error || failed.message}`;
}
