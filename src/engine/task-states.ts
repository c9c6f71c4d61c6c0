import type { SwarmTask, TaskState } from './types.ts';

/** In these a task changes no more: its container is gone, or never was. `remove` is only ever desired. */
const ENDED: ReadonlySet<TaskState> = new Set(['complete', 'shutdown', 'failed', 'rejected', 'orphaned']);

/**
 * Of these, those that nobody asked for: a task that the swarm stops (an update, a scale, a node that is drained) ends
 * in `shutdown` (moby/swarmkit: agent/exec/controller.go, Do).
 */
const UNASKED: ReadonlySet<TaskState> = new Set(['complete', 'failed', 'rejected', 'orphaned']);

/** Whether the task can never run again. */
export function hasEnded({ state }: Pick<SwarmTask, 'state'>): boolean {
  return ENDED.has(state);
}

/** Whether it ended though the swarm did not stop it: by itself, with its node, or before its program began. */
export function endedUnasked({ state }: Pick<SwarmTask, 'state'>): boolean {
  return UNASKED.has(state);
}

/** Whether it ended, and did not end well. */
export function hasFailed(task: Pick<SwarmTask, 'state'>): boolean {
  return endedUnasked(task) && task.state !== 'complete';
}
