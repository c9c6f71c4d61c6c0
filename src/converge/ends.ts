import { hasFailed, type SwarmService, type SwarmTask } from '../engine/port.ts';
import { isJobService, slotHistories } from '../swarm/current-tasks.ts';
import { endedWithNode, type EngineSigns } from './ended-with-node.ts';
import { startFailure } from './start-failure.ts';

/** A task that ended though nobody asked the swarm to stop it. */
export interface UnplannedEnd {
  task: SwarmTask;
  /**
   * `node`: it ended with its node or with that node's engine, or the swarm was late with what it needs there, so it
   * says nothing of the program.
   */
  cause: 'own' | 'node';
  /** Milliseconds since 1970, by the managers' clock. */
  endedAt: number;
  /**
   * The longest it can have run, in ms: the swarm keeps no time of a start. Undefined for the oldest task of a slot,
   * which may have pulled its image first.
   */
  ranMs: number | undefined;
}

/** Delay before a replacement starts, in ms; swarmkit's default is 5 s. */
export function restartDelayMs(service: Pick<SwarmService, 'spec'>): number {
  const { TaskTemplate: template } = service.spec as { TaskTemplate?: { RestartPolicy?: RestartPolicy | null } | null };
  return (template?.RestartPolicy?.Delay ?? 5e9) / 1e6;
}

interface RestartPolicy {
  Delay?: number;
  Condition?: string;
}

/**
 * The unplanned ends of each slot (of each node, for a global service), newest first. A task that the swarm stops (an
 * update, a scale, `docker service update --force`, a node that is drained) ends in the state `shutdown`; one that ends
 * by itself in `failed`, `rejected` or `complete` (moby/swarmkit: agent/exec/controller.go, Do).
 * @param tasks of the service's newest version, ended ones too: the swarm keeps five a slot unless told otherwise
 * @param signs of the whole stack, to tell whether an end was the node's or its engine's
 */
export function unplannedEnds(
  service: SwarmService,
  tasks: readonly SwarmTask[],
  signs: EngineSigns,
): Map<string, UnplannedEnd[]> {
  const ends = [...slotHistories(service, tasks)].map(([key, history]): [string, UnplannedEnd[]] => [
    key,
    history.flatMap((task, index) => {
      if (!endedUnplanned(service, task)) return [];
      const successor = history[index - 1];
      const endedAt = endOf(task, successor);
      const oldest = index === history.length - 1;
      const ranMs = oldest ? undefined : Math.max(0, endedAt - Date.parse(task.createdAt) - restartDelayMs(service));
      const replacedAt = successor && Date.parse(successor.createdAt);
      const passing = startFailure(task, '', service)?.mayPassMs !== undefined;
      const cause = passing || endedWithNode({ task, endedAt, replacedAt }, signs) ? 'node' : 'own';
      return [{ task, cause, endedAt, ranMs: task.state === 'rejected' ? 0 : ranMs } satisfies UnplannedEnd];
    }),
  ]);
  return new Map(ends);
}

function endedUnplanned(service: SwarmService, task: SwarmTask): boolean {
  if (isJobService(service)) return false;
  if (hasFailed(task)) return true;
  const { TaskTemplate: template } = service.spec as { TaskTemplate?: { RestartPolicy?: RestartPolicy | null } | null };
  // Under the other conditions a task may end well, and is not replaced.
  return task.state === 'complete' && (template?.RestartPolicy?.Condition ?? 'any') === 'any';
}

/**
 * The replacement is made in the same breath, and both times below are of the managers' clock; a node's may be wrong.
 */
function endOf(task: SwarmTask, successor: SwarmTask | undefined): number {
  return Date.parse(successor?.createdAt ?? task.updatedAt ?? task.stateAt);
}
