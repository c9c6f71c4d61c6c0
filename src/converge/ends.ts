import { hasFailed, type SwarmService, type SwarmTask } from '../engine/port.ts';
import { isJobService, newestFirst, slotKey } from '../swarm/current-tasks.ts';

/** A task that ended though nobody asked the swarm to stop it. */
export interface UnplannedEnd {
  task: SwarmTask;
  /** `node`: it ended with its node or with that node's engine, so it says nothing of the program. */
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
 * @param stack all tasks of the stack, to tell whether others ended on the same node at the same moment
 */
export function unplannedEnds(
  service: SwarmService,
  tasks: readonly SwarmTask[],
  stack: readonly SwarmTask[],
): Map<string, UnplannedEnd[]> {
  const slots = new Map<string, SwarmTask[]>();
  for (const task of newestFirst(tasks.filter(({ serviceId }) => serviceId === service.id))) {
    const key = slotKey(service, task);
    slots.set(key, [...(slots.get(key) ?? []), task]);
  }
  const ends = [...slots].map(([key, history]): [string, UnplannedEnd[]] => [
    key,
    history.flatMap((task, index) => {
      if (!endedUnplanned(service, task)) return [];
      const endedAt = endOf(task, history[index - 1]);
      const oldest = index === history.length - 1;
      const ranMs = oldest ? undefined : Math.max(0, endedAt - Date.parse(task.createdAt) - restartDelayMs(service));
      const cause = endedWithNode(task, stack) ? 'node' : 'own';
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

/** Given by an engine that was killed to the containers that it finds dead (moby: daemon/daemon.go, restore). */
const DIED_WITH_ENGINE = 255;
/** Of programs that an engine stops as it ends: they end well, by SIGTERM or by SIGKILL. */
const STOPPED_BY_ENGINE: readonly (number | undefined)[] = [0, 143, 137];
/** An engine finds its dead containers one after another. */
const TOGETHER_MS = 30_000;

/**
 * Whether it ended with its node: the swarm gave it up, or its engine ended. The swarm does not tell the latter from a
 * program that ended; but then tasks of other services on that node ended as well, and none is left from before.
 */
function endedWithNode(task: SwarmTask, stack: readonly SwarmTask[]): boolean {
  if (task.state === 'orphaned') return true;
  const killed = task.exitCode === DIED_WITH_ENGINE;
  if (!killed && !STOPPED_BY_ENGINE.includes(task.exitCode)) return false;
  const at = Date.parse(task.stateAt);
  const onNode = stack.filter(({ nodeId, serviceId }) => nodeId === task.nodeId && serviceId !== task.serviceId);
  const alike = onNode.some(
    ({ state, exitCode, stateAt }) =>
      (state === 'failed' || state === 'complete') &&
      (exitCode === DIED_WITH_ENGINE || (!killed && STOPPED_BY_ENGINE.includes(exitCode))) &&
      Math.abs(Date.parse(stateAt) - at) <= TOGETHER_MS,
  );
  return alike && !onNode.some(({ state, stateAt }) => state === 'running' && Date.parse(stateAt) < at - TOGETHER_MS);
}
