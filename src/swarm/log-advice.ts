import type { SwarmTask } from '../engine/port.ts';

/** States before the container's program. */
const BEFORE = new Set<SwarmTask['state']>([
  'new',
  'allocated',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
]);
/**
 * The agent's words for a container that was not made, or not started (moby, daemon/cluster/executor/container:
 * errors.go and controller.go); with these it has an id, or even an exit code, and no log.
 */
const NOT_STARTED = /^(starting|creating) container failed|^No such image|^assigned node no longer meets constraints/i;

/** Whether a task came so far that its program may have written a log. */
export function mayHaveLog({ state, nodeId, error, containerId, exitCode }: SwarmTask): boolean {
  if (nodeId === '' || state === 'rejected' || BEFORE.has(state) || NOT_STARTED.test(error)) return false;
  return state !== 'failed' || containerId !== undefined || exitCode !== undefined;
}

/** The command that tells more of a task: of its log if it may have one, else of how far it came. */
export function lookAdvice(task: SwarmTask): string {
  return mayHaveLog(task)
    ? `docker service logs ${task.id} shows that task's whole log${task.state === 'orphaned' ? ', once its node is back' : ''}`
    : `docker inspect ${task.id} shows how far that task came: it never started, so it has no log`;
}
