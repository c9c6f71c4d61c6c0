import { isUnheard, type SwarmNode, type SwarmService, type SwarmTask } from '../engine/port.ts';
import { unmet } from '../place/constraint.ts';
import { lossesOn, type NodeLoss } from '../place/filters.ts';
import { holdingsOf, isStopping, nodesInUse } from '../place/node-use.ts';
import { requirementsOf } from '../place/requirements.ts';
import type { ConvergeFinding } from './outcome.ts';

/** The whole swarm, read only when a task finds no node. */
export interface SwarmView {
  services: readonly SwarmService[];
  tasks: readonly SwarmTask[];
}

/** True if the scheduler says that no node suits the task. */
export function findsNoNode(task: SwarmTask): boolean {
  return task.state === 'pending' && task.error.startsWith('no suitable node');
}

/**
 * How long the scheduler must say the same before it is believed. A node that is away may be restarting, so it gets
 * longer; of one that the swarm has not heard of, it says itself within half a minute whether it is there.
 */
export function patienceMs(nodes: readonly SwarmNode[]): number {
  if (nodes.some(isUnheard)) return 40_000;
  return nodes.every((node) => node.state === 'ready') ? 5_000 : 15_000;
}

/**
 * A task that is being stopped and frees what the waiting one needs (its host port, memory, its place): then the wait
 * is no failure. An agent's grace may be a day.
 */
export function stoppingTask(service: SwarmService, waiting: SwarmTask, swarm: SwarmView): SwarmTask | undefined {
  const busyPort = /host-mode port/.test(waiting.error);
  if (!busyPort && !/insufficient resources|max replicas/.test(waiting.error)) return undefined;
  const stopping = holdingsOf(swarm.services, swarm.tasks).filter(({ task }) => isStopping(task));
  const own = stopping.find(({ task }) => task.serviceId === service.id);
  if (own !== undefined || !busyPort) return (own ?? stopping[0])?.task;
  const { hostPorts } = requirementsOf(service.spec);
  // A removed service is gone while its tasks still stop: if no node reported their ports, they may hold any.
  const known = new Set(swarm.services.map((one) => one.id));
  return stopping.find(
    ({ task, taken }) =>
      taken.hostPorts.some((port) => hostPorts.includes(port)) ||
      (taken.hostPorts.length === 0 && !known.has(task.serviceId)),
  )?.task;
}

/**
 * For so long the scheduler is not believed if it says that a host port is in use, and by the swarm's records a node
 * would take the task: it may count a port that no task holds any more (seen with 28.5.2 on a busy machine). What it
 * counts lives in the leader's memory and is made anew by the next one (moby/swarmkit: manager.go, becomeLeader).
 */
export const CONTRADICTED_MS = 60_000;

/** Whether the scheduler counts a host port that by the swarm's records is free on a node that would take the task. */
export function countsFreePort(
  service: SwarmService,
  waiting: SwarmTask,
  nodes: readonly SwarmNode[],
  swarm: SwarmView,
): boolean {
  return /host-mode port/.test(waiting.error) && lossesNow(service, nodes, swarm).length < nodes.length;
}

/** The failure in words: the swarm's own text, then node by node what it is about. */
export function explainUnplaceable(
  service: SwarmService,
  task: SwarmTask,
  nodes: readonly SwarmNode[],
  swarm: SwarmView,
): ConvergeFinding {
  const text = `${task.error}${perNode(service, nodes, swarm)}`;
  const { constraints, hostPorts } = requirementsOf(service.spec);
  if (/host-mode port/.test(task.error)) {
    const free = countsFreePort(service, task, nodes, swarm);
    return {
      kind: 'port-conflict',
      task,
      text: `${text}; it publishes ${hostPorts.join(', ')}${free ? ', and by the swarm’s records nobody holds that' : ''}`,
      hints: [
        free
          ? 'the leading manager’s scheduler counts a task that ended; one that begins to lead counts anew: restart ' +
            'docker on the leader (docker node ls names it; an autolocked one asks for its key), then deploy again'
          : 'choose another port or another node, or remove the service that holds the port',
      ],
    };
  }
  const chosen = nodes.filter((node) => unmet(constraints, node).length === 0);
  if (chosen.length > 0 && chosen.every((node) => node.state !== 'ready')) {
    return {
      kind: 'node-lost',
      task,
      text:
        'every node it may run on is away ' +
        `(${chosen.map((node) => `${node.hostname} is ${node.state}`).join(', ')}): ${text}`,
      hints: [
        `start ${chosen.map((node) => node.hostname).join(', ')} again (where Docker runs, restart it), or choose other ` +
          'nodes; docker node ls shows all',
      ],
    };
  }
  const hint =
    chosen.length === 0
      ? '`bundle prepare` sets the node labels that the constraints ask for; docker node ls shows the nodes'
      : 'docker node ls shows which nodes are active and ready';
  return { kind: 'unplaceable', task, text, hints: [hint] };
}

/** No node meets a global service's constraints: swarm makes no task and says nothing. */
export function explainNoneEligible(service: SwarmService, nodes: readonly SwarmNode[]): ConvergeFinding {
  return {
    kind: 'unplaceable',
    text: `no node is eligible for this global service${perNode(service, nodes, { services: [], tasks: [] })}`,
    hints: ['`bundle prepare` sets the node labels that the constraints ask for; docker node ls shows the nodes'],
  };
}

/** The nodes as they are now, tasks that are being stopped included: so the scheduler sees them. */
function perNode(service: SwarmService, nodes: readonly SwarmNode[], swarm: SwarmView): string {
  const lost = lossesNow(service, nodes, swarm).map(({ node, detail }) => `${node} ${detail}`);
  return lost.length === 0 ? '' : `: ${lost.join('; ')}`;
}

const lossesNow = (service: SwarmService, nodes: readonly SwarmNode[], { services, tasks }: SwarmView): NodeLoss[] =>
  lossesOn(nodesInUse(nodes, holdingsOf(services, tasks)), service.name, requirementsOf(service.spec));
