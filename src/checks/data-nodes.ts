import type { SwarmNode, SwarmTask } from '../engine/port.ts';
import type { CheckContext } from './check.ts';
import { ownService } from './own-service.ts';

/** A task that is meant to run and has come so far that its volumes are made. */
const UP = new Set<SwarmTask['state']>(['preparing', 'ready', 'starting', 'running']);

/** Where a service of the stack has its volumes, as its tasks show. */
export interface DataNodes {
  /** Where it runs, else where the last task of each slot ran. */
  now: SwarmNode[];
  /** Where earlier tasks ran, as far as swarm remembers them. */
  before: SwarmNode[];
}

/** @returns undefined if no task tells, or only such of nodes that are not in the swarm any more */
export function dataNodes(
  { stack, live }: Pick<CheckContext, 'stack' | 'live'>,
  service: string,
): DataNodes | undefined {
  const id = ownService(stack, live?.services ?? [], service)?.id;
  const own = (live?.tasks ?? []).filter((task) => task.serviceId === id && hadContainer(task));
  const running = own.filter((task) => UP.has(task.state) && ['ready', 'running'].includes(task.desiredState));
  const nodesOf = (tasks: readonly SwarmTask[]): SwarmNode[] =>
    (live?.nodes ?? []).filter((node) => tasks.some(({ nodeId }) => nodeId === node.id));
  const now = running.length > 0 ? running : newestOfEachSlot(own);
  const nodes = nodesOf(now);
  return nodes.length === 0 ? undefined : { now: nodes, before: nodesOf(own.filter((task) => !now.includes(task))) };
}

/** One that its node refused before it had a container left nothing there. */
function hadContainer({ nodeId, state, containerId }: SwarmTask): boolean {
  if (nodeId === '') return false;
  return (
    containerId !== undefined ||
    UP.has(state) ||
    ['complete', 'shutdown', 'failed', 'orphaned', 'remove'].includes(state)
  );
}

function newestOfEachSlot(tasks: readonly SwarmTask[]): SwarmTask[] {
  const newest = new Map<string | number, SwarmTask>();
  for (const task of tasks) {
    const slot = task.slot ?? task.nodeId;
    const known = newest.get(slot);
    if (known === undefined || task.createdAt > known.createdAt) newest.set(slot, task);
  }
  return [...newest.values()];
}
