import type { SwarmNode, SwarmService } from '../engine/port.ts';
import { unmet } from './constraint.ts';
import type { Holding } from './node-use.ts';
import { requirementsOf, type Requirements } from './requirements.ts';

/** What is held now, by what the deployment of a stack does to it. */
export interface Split {
  /** Of other stacks. */
  others: Holding[];
  /** Tasks of the stack that go on where they are, by the service's name in the swarm. */
  staying: Map<string, Holding[]>;
  /** Tasks of the stack that the deployment ends, by the service's name. */
  replaced: Map<string, Holding[]>;
}

/**
 * Tasks of a stack's services stay if the deployment leaves the service's tasks alone, the node still suits, and the
 * service still wants as many. All else of the stack is replaced, or removed with its service.
 * @param own the stack's live services
 * @param stays what each service wants of which the tasks stay, by its name in the swarm
 */
export function splitHoldings(
  holdings: readonly Holding[],
  own: readonly SwarmService[],
  stays: ReadonlyMap<string, Requirements>,
  nodes: readonly SwarmNode[],
): Split {
  const ids = new Set(own.map((service) => service.id));
  const live = new Map(nodes.map((node) => [node.id, node]));
  const split: Split = { others: [], staying: new Map(), replaced: new Map() };
  const bySlot = (a: Holding, b: Holding): number => (a.task.slot ?? 0) - (b.task.slot ?? 0);
  for (const holding of [...holdings].sort(bySlot)) {
    const { service, task } = holding;
    const wanted = stays.get(service);
    const node = live.get(task.nodeId);
    if (!ids.has(task.serviceId)) split.others.push(holding);
    else if (
      wanted !== undefined &&
      node !== undefined &&
      keepsIt(node, wanted) &&
      !isFull(split.staying.get(service) ?? [], wanted, node.id)
    )
      add(split.staying, holding);
    else add(split.replaced, holding);
  }
  return split;
}

/**
 * Of the tasks that a deployment ends, those that run on until it comes to their service: of services that it restarts
 * or removes. The others end first of all, with the label of their node, or when swarm likes.
 * @param stays as for `splitHoldings`
 * @param services of the swarm, as they run
 * @param nodes with the labels that they have before any service is updated
 */
export function heldAtFirst(
  replaced: Split['replaced'],
  stays: ReadonlyMap<string, Requirements>,
  services: readonly SwarmService[],
  nodes: readonly SwarmNode[],
): Map<string, Holding[]> {
  const asked = new Map(services.map(({ name, spec }) => [name, requirementsOf(spec)]));
  const lasts = (name: string, { task }: Holding): boolean => {
    const [node, wanted] = [nodes.find(({ id }) => id === task.nodeId), asked.get(name)];
    return node !== undefined && wanted !== undefined && keepsIt(node, wanted);
  };
  const going = [...replaced].filter(([name]) => !stays.has(name));
  return new Map(going.map(([name, holdings]) => [name, holdings.filter((each) => lasts(name, each))]));
}

/**
 * A paused node keeps what it has; of the others the constraint enforcer ends what no longer fits (moby/swarmkit:
 * constraint_enforcer.go).
 */
function keepsIt(node: SwarmNode, { constraints }: Requirements): boolean {
  return node.state !== 'down' && node.availability !== 'drain' && unmet(constraints, node).length === 0;
}

/**
 * Which ones go when a service is scaled down is swarm's choice; here the highest slots do. A global service keeps one
 * a node.
 */
function isFull(staying: readonly Holding[], { mode, replicas }: Requirements, nodeId: string): boolean {
  return mode === 'global' ? staying.some(({ task }) => task.nodeId === nodeId) : staying.length >= replicas;
}

function add(map: Map<string, Holding[]>, holding: Holding): void {
  map.set(holding.service, [...(map.get(holding.service) ?? []), holding]);
}
