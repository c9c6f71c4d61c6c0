import type { SwarmService, SwarmTask } from '../engine/port.ts';

/** What a task stands for over its replacements: the slot, or the node of a global service. */
export function slotKey(service: Pick<SwarmService, 'mode'>, task: Pick<SwarmTask, 'slot' | 'nodeId'>): string {
  const perNode = service.mode.kind === 'global' || service.mode.kind === 'global-job';
  // A job's slot 0 is absent in the API's JSON.
  return perNode ? `node:${task.nodeId}` : String(task.slot ?? 0);
}

/** Newest first; the id breaks ties so that two calls give the same order. */
export function newestFirst(tasks: readonly SwarmTask[]): SwarmTask[] {
  return [...tasks].sort((a, b) => compareTimes(b.createdAt, a.createdAt) || (a.id < b.id ? -1 : 1));
}

/** A service's tasks of each slot, newest first; of a job those of its newest run. */
export function slotHistories(service: SwarmService, tasks: readonly SwarmTask[]): Map<string, SwarmTask[]> {
  const slots = new Map<string, SwarmTask[]>();
  for (const task of newestFirst(tasksOf(service, tasks))) {
    const key = slotKey(service, task);
    slots.set(key, [...(slots.get(key) ?? []), task]);
  }
  return slots;
}

/** One task of each slot as people look for them: by slot, and of a global service by node. */
export function inSlotOrder(tasks: readonly SwarmTask[]): SwarmTask[] {
  return [...tasks].sort((a, b) => (a.slot ?? 0) - (b.slot ?? 0) || (a.nodeId < b.nodeId ? -1 : 1));
}

/**
 * The current task of every slot: the newest one that the swarm wants to run, or to complete. `tasks` must come from
 * the `_up-to-date` filter; that filter also returns the failed history of the newest version, which is left out here.
 */
export function currentTasks(service: SwarmService, tasks: readonly SwarmTask[]): SwarmTask[] {
  return inSlotOrder([...slotHistories(service, tasks).values()].flatMap((history) => history.find(swarmWants) ?? []));
}

/** Whether its tasks run once and end. */
export function isJobService({ mode }: Pick<SwarmService, 'mode'>): boolean {
  return mode.kind === 'replicated-job' || mode.kind === 'global-job';
}

/**
 * A service's tasks, of a job those of its newest run alone: the `_up-to-date` filter compares specifications, and
 * those of two runs may be the same (moby/swarmkit: manager/controlapi/task.go, orchestrator.IsTaskDirty).
 */
export function tasksOf(service: SwarmService, tasks: readonly SwarmTask[]): SwarmTask[] {
  const { id, jobIteration: run } = service;
  return tasks.filter(
    ({ serviceId, jobIteration }) =>
      serviceId === id && (run === undefined || jobIteration === undefined || run === jobIteration),
  );
}

/** Whether the swarm wants it to run; a job's task, to complete. */
export function swarmWants(task: Pick<SwarmTask, 'desiredState'>): boolean {
  return ['running', 'ready', 'complete'].includes(task.desiredState);
}

/** Compares RFC 3339 times to the nanosecond, where Date.parse keeps milliseconds only. */
function compareTimes(a: string, b: string): number {
  const difference = Date.parse(a) - Date.parse(b);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  return fraction(a) - fraction(b);
}

function fraction(time: string): number {
  return Number(`0${/\.\d+/.exec(time)?.[0] ?? ''}`);
}
