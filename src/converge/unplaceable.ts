import type { SwarmNode, SwarmService, SwarmTask } from '../engine/port.ts';
import { hasEnded } from './current.ts';
import type { Finding } from './outcome.ts';
import { constraintsOf, takesTasks, unmet } from './placement.ts';

/** The whole swarm, read only when a task finds no node. */
export interface SwarmView {
  services: readonly SwarmService[];
  tasks: readonly SwarmTask[];
}

/** True where the scheduler says that no node suits the task. */
export function findsNoNode(task: SwarmTask): boolean {
  return task.state === 'pending' && task.error.startsWith('no suitable node');
}

/** How long the scheduler must say the same before it is believed. A node that is away may be restarting, so it gets longer. */
export function patienceMs(nodes: readonly SwarmNode[]): number {
  return nodes.every((node) => node.state === 'ready') ? 5_000 : 15_000;
}

/**
 * A task that is being stopped and frees what the waiting one needs (its host port, memory, its place): then the wait is no failure.
 * An agent's grace may be a day.
 */
export function stoppingTask(service: SwarmService, waiting: SwarmTask, swarm: SwarmView): SwarmTask | undefined {
  const busyPort = /host-mode port/.test(waiting.error);
  if (!busyPort && !/insufficient resources|max replicas/.test(waiting.error)) return undefined;
  const stopping = swarm.tasks.filter((task) =>
    (task.desiredState === 'shutdown' || task.desiredState === 'remove') && task.nodeId !== '' && !hasEnded(task));
  const own = stopping.find((task) => task.serviceId === service.id);
  if (own !== undefined || !busyPort) return own ?? stopping[0];
  const holders = new Set(portHolders(service, swarm).map((holder) => holder.id));
  // A removed service is gone while its tasks still stop; its ports are not known any more.
  const known = new Set(swarm.services.map((one) => one.id));
  return stopping.find((task) => holders.has(task.serviceId) || !known.has(task.serviceId));
}

/** The failure in words: the swarm's own text, then node by node what it is about. */
export function explainUnplaceable(
  service: SwarmService, task: SwarmTask, nodes: readonly SwarmNode[], swarm: SwarmView,
): Finding {
  const text = `${task.error}${perNode(service, nodes)}`;
  if (/host-mode port/.test(task.error)) {
    const holders = portHolders(service, swarm).map((holder) => holder.name);
    const who = holders.length === 0 ? '' : `; ${holders.join(', ')} publishes it already`;
    return {
      kind: 'port-conflict', task, text: `${text}; it publishes ${hostPorts(service).join(', ')}${who}`,
      hints: ['choose another port or another node, or remove the service that holds the port'],
    };
  }
  const constraints = constraintsOf(service);
  const chosen = nodes.filter((node) => unmet(constraints, node).length === 0);
  if (chosen.length > 0 && chosen.every((node) => node.state !== 'ready')) {
    return {
      kind: 'node-lost', task, text: `every node it may run on is away (${chosen.map(hostAndState).join(', ')}): ${text}`,
      hints: [`start ${chosen.map((node) => node.hostname).join(', ')} again, or choose other nodes; docker node ls shows all`],
    };
  }
  const hint = chosen.length === 0
    ? 'bundle prepare sets the node labels that the constraints ask for; docker node ls shows the nodes'
    : 'docker node ls shows which nodes are active and ready';
  return { kind: 'unplaceable', task, text, hints: [hint] };
}

/** No node meets a global service's constraints: swarm makes no task and says nothing. */
export function explainNoneEligible(service: SwarmService, nodes: readonly SwarmNode[]): Finding {
  return {
    kind: 'unplaceable',
    text: `no node is eligible for this global service${perNode(service, nodes)}`,
    hints: ['bundle prepare sets the node labels that the constraints ask for; docker node ls shows the nodes'],
  };
}

function perNode(service: SwarmService, nodes: readonly SwarmNode[]): string {
  const constraints = constraintsOf(service);
  const lost = nodes.flatMap((node) => {
    const reasons = [...(takesTasks(node) ? [] : [hostAndState(node)]), ...unmet(constraints, node)];
    return reasons.length === 0 ? [] : [`${takesTasks(node) ? `${node.hostname} lacks ` : ''}${reasons.join(' and lacks ')}`];
  });
  return lost.length === 0 ? '' : `: ${lost.join('; ')}`;
}

function hostAndState(node: SwarmNode): string {
  return `${node.hostname} is ${node.state === 'ready' ? `set to ${node.availability}` : node.state}`;
}

function hostPorts(service: SwarmService): string[] {
  return service.ports.filter((port) => port.mode === 'host').map((port) => `${String(port.published)}/${port.protocol}`);
}

function portHolders(service: SwarmService, swarm: SwarmView): SwarmService[] {
  const wanted = new Set(hostPorts(service));
  const running = new Set(swarm.tasks.filter((task) => !hasEnded(task) && task.nodeId !== '').map((task) => task.serviceId));
  return swarm.services.filter((other) => other.id !== service.id && running.has(other.id) && hostPorts(other).some((port) => wanted.has(port)));
}
