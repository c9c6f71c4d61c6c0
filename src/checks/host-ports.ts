import type { ServicePlacement } from '../place/simulate.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { forecastOf } from './forecast.ts';
import { lacksPort } from './placement.ts';

/**
 * Host ports taken by other services on the nodes we want. A port held by a process outside swarm cannot be seen from here: `hosts` asks
 * the nodes for it, else it shows when the task starts.
 */
export const hostPorts: Check = {
  name: 'host-ports',
  title: 'host ports',
  offline: false,
  async run(context) {
    const { services } = await forecastOf(context);
    const findings = services.flatMap((placement): Finding[] => [...takenPorts(placement), ...ingressPorts(context, placement)]);
    const count = services.reduce((sum, { service, eligible }) => sum + eligible.length * portsOf(context, service).length, 0);
    return findings.length > 0 ? findings : [{ level: 'ok', text: `${count} host port${count === 1 ? '' : 's'}, none taken by another service` }];
  },
};

function takenPorts(placement: ServicePlacement): Finding[] {
  if (!lacksPort(placement)) return [];
  const text = placement.lost.filter((loss) => loss.filter === 'host-port').map(({ node, detail }) => `${node} ${detail}`).join('; ');
  return [{ level: 'error', text: `${placement.service} finds no node: ${text}`, hint: 'choose another port or node' }];
}

/** An ingress port is open on every node. The scheduler does not mind; the task's container cannot start. */
function ingressPorts(context: CheckContext, { service, eligible }: ServicePlacement): Finding[] {
  const ports = portsOf(context, service);
  const others = (context.live?.services ?? []).filter((other) => other.labels['com.docker.stack.namespace'] !== context.stack);
  return others.flatMap((other) => other.ports.filter((taken) => taken.mode === 'ingress').flatMap((taken) =>
    ports.filter((port) => port.published === taken.published && (port.protocol ?? 'tcp') === taken.protocol).flatMap((port) =>
      eligible.map(({ node }): Finding => ({ level: 'error', text: `port ${port.published} on ${node}, which ${service} publishes, is taken by service ${other.name}`, hint: 'choose another port or node' })))));
}

function portsOf({ document }: CheckContext, service: string): { published: number; protocol?: string }[] {
  return (document.services[service]?.ports ?? []).filter((port) => port.mode === 'host');
}
