import type { SwarmService, SwarmTask } from '../engine/port.ts';
import { currentTasks, isJobService } from '../swarm/current-tasks.ts';
import { hasHealthCheck, windowMs } from './window.ts';

/** Without a health check a task is called running as soon as its program starts: it gets so long to serve. */
const SERVES_MS = 30_000;

/**
 * Since when all that a service needs has run for its window, in ms since 1970 by the managers' clock.
 * @param needs names of services without the stack's; undefined if the definition does not say
 * @returns Infinity if one does not run, undefined if the definition does not say
 */
export function needsReadyAt(
  needs: readonly string[] | undefined,
  stack: string,
  { services, tasks }: { services: readonly SwarmService[]; tasks: readonly SwarmTask[] },
): number | undefined {
  if (needs === undefined) return undefined;
  return Math.max(
    -Infinity,
    ...needs.map((need) => {
      const service = services.find(({ name }) => name === `${stack}_${need}`);
      return service === undefined ? Infinity : readyAt(service, currentTasks(service, tasks));
    }),
  );
}

function readyAt(service: SwarmService, current: readonly SwarmTask[]): number {
  if (isJobService(service)) return completeAt(service, current);
  const wanted = service.mode.kind === 'replicated' ? service.mode.replicas : 1;
  const all = current.every(({ state, desiredState }) => state === 'running' && desiredState === 'running');
  if (!all || current.length < wanted) return Infinity;
  const since = current.map(
    (task) => runningSince(task) + windowMs(service, undefined) + (hasHealthCheck(task) ? 0 : SERVES_MS),
  );
  return Math.max(-Infinity, ...since);
}

/** What a job leaves behind is there once all of its tasks are complete; of one on each node, those that were made. */
function completeAt({ mode }: SwarmService, current: readonly SwarmTask[]): number {
  const wanted = mode.kind === 'replicated-job' ? mode.replicas : 1;
  const all = current.length >= wanted && current.every(({ state }) => state === 'complete');
  return all ? Math.max(-Infinity, ...current.map(runningSince)) : Infinity;
}

/**
 * When a running or complete task was written down as such, by the managers' clock; the node's own time is the second
 * best.
 */
export function runningSince({
  updatedAt,
  stateAt,
  createdAt,
}: Pick<SwarmTask, 'updatedAt' | 'stateAt' | 'createdAt'>): number {
  return Math.max(Date.parse(updatedAt ?? stateAt), Date.parse(createdAt));
}
