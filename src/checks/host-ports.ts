import { nodeLabel } from '../bundle/names.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { findNodes } from './find-node.ts';

/**
 * Host ports taken by other services on the nodes we want. A port held by a process outside swarm cannot be seen from here; it shows
 * when the task starts.
 */
export const hostPorts: Check = {
  name: 'host-ports',
  title: 'host ports',
  offline: false,
  run(context) {
    const findings: Finding[] = [];
    const wanted = wantedPorts(context);
    for (const { service, node, port } of wanted) {
      for (const other of context.live?.services ?? []) {
        if (other.labels['com.docker.stack.namespace'] === context.stack) continue;
        for (const taken of other.ports) {
          if (taken.published !== port || taken.protocol !== 'tcp') continue;
          // An ingress port is open on every node; a host port only where a task of that service runs.
          const here = taken.mode === 'ingress' || (context.live?.tasks ?? []).some((task) => task.serviceId === other.id && task.nodeId === node.id && task.desiredState === 'running');
          if (here) findings.push({ level: 'error', text: `port ${port} on ${node.hostname}, which ${service} publishes, is taken by service ${other.name}`, hint: 'choose another port or node' });
        }
      }
    }
    return findings.length > 0 ? findings : [{ level: 'ok', text: `${wanted.length} host port${wanted.length === 1 ? '' : 's'}, none taken by another service` }];
  },
};

function wantedPorts({ stack, plan, document, live }: CheckContext): { service: string; node: { id: string; hostname: string }; port: number }[] {
  return Object.entries(document.services).flatMap(([service, { ports = [], deploy }]) => {
    const placed = plan.placements.filter(({ role }) => deploy.constraints.some((constraint) => constraint.startsWith(`node.labels.${nodeLabel(stack, role)} `)));
    const nodes = placed.flatMap((each) => each.nodes.flatMap((name) => findNodes(live?.nodes ?? [], name)));
    return ports.filter((port) => port.mode === 'host').flatMap((port) => nodes.map((node) => ({ service, node, port: port.published })));
  });
}
