import type { SwarmNode, SwarmService, SwarmTask, TaskState } from '../engine/port.ts';
import { requirementsOf, reservationsOf, type Requirements } from './requirements.ts';

/** A node and what tasks hold on it; the scheduler's NodeInfo (moby/swarmkit: manager/scheduler/nodeinfo.go). */
export interface NodeUse {
  node: SwarmNode;
  /** Billionths of a CPU that no task reserved. Below zero if a node shrank. */
  nanoCpus: number;
  memoryBytes: number;
  /** `8080/tcp` to who holds it, in words. */
  ports: Map<string, string>;
  /** Tasks that are meant to run, by service. */
  active: Map<string, number>;
  activeTasks: number;
}

/** The part of a requirement that a placed task takes from its node. */
export type Taken = Pick<Requirements, 'nanoCpus' | 'memoryBytes' | 'hostPorts'>;

/** Billionths, exactly: the engine counts whole CPUs of a node. */
export function emptyNode(node: SwarmNode): NodeUse {
  return {
    node,
    nanoCpus: Math.round(node.cpus * 1e9),
    memoryBytes: node.memoryBytes,
    ports: new Map(),
    active: new Map(),
    activeTasks: 0,
  };
}

export function copyOf(use: NodeUse): NodeUse {
  return { ...use, ports: new Map(use.ports), active: new Map(use.active) };
}

/** Puts a task on the node (NodeInfo.addTask). `holder` says in words who holds its ports. */
export function take(
  use: NodeUse,
  service: string,
  { nanoCpus, memoryBytes, hostPorts }: Taken,
  holder = `service ${service}`,
  active = true,
): void {
  use.nanoCpus -= nanoCpus;
  use.memoryBytes -= memoryBytes;
  for (const port of hostPorts) use.ports.set(port, holder);
  if (!active) return;
  use.active.set(service, (use.active.get(service) ?? 0) + 1);
  use.activeTasks += 1;
}

/** Undoes `take` of a task whose ports were free before. */
export function giveBack(use: NodeUse, service: string, { nanoCpus, memoryBytes, hostPorts }: Taken): void {
  use.nanoCpus += nanoCpus;
  use.memoryBytes += memoryBytes;
  for (const port of hostPorts) use.ports.delete(port);
  use.active.set(service, (use.active.get(service) ?? 0) - 1);
  use.activeTasks -= 1;
}

/**
 * From being assigned to the end of its run a task holds what it reserved, also while it is being stopped
 * (scheduler.go, setupTasksList).
 */
const HOLDING = new Set<TaskState>(['assigned', 'accepted', 'preparing', 'ready', 'starting', 'running']);
/** Desired states that count for the spread and for the replicas on a node (nodeinfo.go: up to COMPLETE). */
const STOPPING = new Set<TaskState>(['shutdown', 'failed', 'rejected', 'remove', 'orphaned']);

function holdsItsPlace(task: SwarmTask): boolean {
  return task.nodeId !== '' && HOLDING.has(task.state);
}

export function isStopping(task: SwarmTask): boolean {
  return STOPPING.has(task.desiredState);
}

/** A task's part of its node. */
export interface Holding {
  task: SwarmTask;
  /** Its service's name; the id of one that is gone. */
  service: string;
  holder: string;
  taken: Taken;
}

/**
 * What the tasks hold, those left out that hold nothing. The ports of a task are those that its node reported; before
 * it runs, those of its service: the API does not say what a task of an older version was given. One that the engine
 * chose counts too: the scheduler would not mind, the start would fail.
 */
export function holdingsOf(services: readonly SwarmService[], tasks: readonly SwarmTask[]): Holding[] {
  const known = new Map(
    services.map((service) => [service.id, { name: service.name, hostPorts: requirementsOf(service.spec).hostPorts }]),
  );
  return tasks.filter(holdsItsPlace).map((task): Holding => {
    const service = known.get(task.serviceId);
    const who = service === undefined ? 'a service that was removed' : `service ${service.name}`;
    const reported = (task.hostPorts ?? []).map((port) => `${port.published}/${port.protocol}`);
    const hostPorts = reported.length > 0 ? reported : (service?.hostPorts ?? []);
    return {
      task,
      service: service?.name ?? task.serviceId,
      holder: isStopping(task) ? `${who}, which is being stopped` : who,
      taken: { ...reservationsOf(task.spec), hostPorts },
    };
  });
}

/** The nodes with what is held there. */
export function nodesInUse(nodes: readonly SwarmNode[], holdings: readonly Holding[]): NodeUse[] {
  const uses = new Map(nodes.map((node) => [node.id, emptyNode(node)]));
  for (const { task, service, holder, taken } of holdings) {
    const use = uses.get(task.nodeId);
    if (use !== undefined) take(use, service, taken, holder, !isStopping(task));
  }
  return [...uses.values()];
}
