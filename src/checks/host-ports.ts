import type { PortMapping } from '../compose/types.ts';
import { STACK_NAMESPACE } from '../engine/port.ts';
import type { ServicePlacement } from '../place/simulate.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { forecastOf } from './forecast.ts';
import { lacksPort } from './placement.ts';

/**
 * Published ports taken by other services on the nodes we want. A port held by a process outside swarm cannot be seen
 * from here: `hosts` asks the nodes for it, else it shows when the task starts.
 */
export const hostPorts: Check = {
  name: 'host-ports',
  title: 'host ports',
  offline: false,
  async run(context) {
    const { services } = await forecastOf(context);
    const findings = services.flatMap((placement): Finding[] => [
      ...takenPorts(placement),
      ...ingressPorts(context, placement),
    ]);
    const ports = services.flatMap(({ service, eligible }) =>
      portsOf(context, service).flatMap(({ mode }) => (mode === 'ingress' ? [mode] : eligible.map(() => mode))),
    );
    const [host, ingress] = [
      ports.filter((mode) => mode === 'host').length,
      ports.filter((mode) => mode === 'ingress').length,
    ];
    const counted =
      `${host} host ` +
      `port${host === 1 ? '' : 's'}${ingress > 0 ? ` and ${ingress} ingress port${ingress === 1 ? '' : 's'}` : ''}`;
    return findings.length > 0 ? findings : [{ level: 'ok', text: `${counted}, none taken by another service` }];
  },
};

function takenPorts(placement: ServicePlacement): Finding[] {
  if (!lacksPort(placement)) return [];
  const text = placement.lost
    .filter((loss) => loss.filter === 'host-port')
    .map(({ node, detail }) => `${node} ${detail}`)
    .join('; ');
  return [{ level: 'error', text: `${placement.service} finds no node: ${text}`, hint: 'choose another port or node' }];
}

/**
 * An ingress port is open on every node: swarm refuses one that another service publishes in any mode, and a host port
 * that another publishes by ingress.
 */
function ingressPorts(context: CheckContext, { service, eligible }: ServicePlacement): Finding[] {
  const others = (context.live?.services ?? []).filter(
    (other) => other.labels[STACK_NAMESPACE] !== context.stack,
  );
  const clashes = portsOf(context, service).flatMap((port) =>
    others.flatMap((other) =>
      other.ports
        .filter(
          (taken) =>
            port.published === taken.published &&
            (port.protocol ?? 'tcp') === taken.protocol &&
            (port.mode === 'ingress' || taken.mode === 'ingress'),
        )
        .map(() => ({ port, other })),
    ),
  );
  return clashes.flatMap(({ port, other }) => {
    const where = port.mode === 'ingress' ? [''] : eligible.map(({ node }) => ` on ${node}`);
    const hint = port.mode === 'ingress' ? 'choose another port' : 'choose another port or node';
    return where.map((on): Finding => ({
      level: 'error',
      text: `port ${port.published}${on}, which ${service} publishes, is taken by service ${other.name}`,
      hint,
    }));
  });
}

const portsOf = ({ document }: CheckContext, service: string): PortMapping[] => document.services[service]?.ports ?? [];
