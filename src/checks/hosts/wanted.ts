import { leastValues, type HostLimits } from '../../bundle/host-limits.ts';
import type { StackDocument } from '../../compose/types.ts';
import type { SwarmNode, SwarmService, SwarmTask } from '../../engine/port.ts';
import { findNode } from '../../place/named-node.ts';
import type { ServicePlacement } from '../../place/simulate.ts';
import type { StackPlan } from '../../sdk/definition.ts';
import { ownService } from '../own-service.ts';

/** What one node that will carry tasks must offer. */
export interface HostWants {
  node: SwarmNode;
  /** By name: the least value, and what wants it. */
  sysctls: Record<string, { least: number; by: string }>;
  /** Free bytes where Docker keeps volumes. */
  freeBytes: number;
  ports: { port: number; protocol: 'tcp' | 'udp'; service: string }[];
  /** Host directories, and the services whose tasks mount them. */
  binds: { source: string; services: string[] }[];
}

export interface WantedInput {
  stack: string;
  plan: Pick<StackPlan, 'hosts' | 'placements'>;
  document: StackDocument;
  limits: HostLimits;
  nodes: readonly SwarmNode[];
  /** The swarm's services, and all its tasks. */
  services: readonly Pick<SwarmService, 'id' | 'name' | 'labels'>[];
  tasks: readonly SwarmTask[];
  /** Where swarm would place the document's services. */
  forecast: readonly ServicePlacement[];
}

/** The nodes that will carry a task of the stack, also those that cannot now, and what each must offer. */
export function wantedOf(input: WantedInput): HostWants[] {
  const carried = new Map(Object.keys(input.document.services).map((service) => [service, carriersOf(service, input)]));
  return [...input.nodes]
    .sort((a, b) => (a.hostname < b.hostname ? -1 : 1))
    .flatMap((node) => {
      const services = [...carried].filter(([, nodes]) => nodes.has(node.id)).map(([service]) => service);
      return services.length === 0 ? [] : [wantsOf(node, services, input)];
    });
}

/** The nodes that the bundle names for it; of a service without any, those where swarm may place it. */
function carriersOf(service: string, { plan, nodes, forecast }: WantedInput): Set<string> {
  const named = plan.placements
    .filter(({ services }) => services.includes(service))
    .flatMap((placement) => placement.nodes);
  if (named.length > 0) return new Set(named.flatMap((name) => findNode(nodes, name).node?.id ?? []));
  const placement = forecast.find((each) => each.service === service);
  return new Set([...(placement?.eligible ?? []), ...(placement?.now ?? [])].map(({ nodeId }) => nodeId));
}

function wantsOf(node: SwarmNode, services: readonly string[], input: WantedInput): HostWants {
  const { plan, document, limits } = input;
  const sysctls: HostWants['sysctls'] = {};
  let volumeBytes = 0;
  for (const need of plan.hosts) {
    const here = need.services.filter((service) => services.includes(service));
    if (here.length === 0) continue;
    for (const [name, least] of Object.entries(need.sysctls)) {
      if (least > (sysctls[name]?.least ?? -1)) sysctls[name] = { least, by: here.join(', ') };
    }
    // What runs there has its volumes, and in them some of what they may grow to.
    volumeBytes += need.volumeBytes * here.filter((service) => !runsOn(service, node, input)).length;
  }
  for (const [name, least] of Object.entries(leastValues(limits.sysctls))) sysctls[name] = { least, by: 'bundle.yaml' };
  const of = services.map((service) => ({ service, ...document.services[service] }));
  const sources = new Set(
    of.flatMap(({ volumes = [] }) => volumes.filter(({ type }) => type === 'bind').map(({ source }) => source)),
  );
  return {
    node,
    sysctls,
    freeBytes: limits.diskGiB === undefined ? volumeBytes : limits.diskGiB * 2 ** 30,
    ports: of.flatMap(({ service, ports = [] }) =>
      ports
        .filter(({ mode }) => mode === 'host')
        .map(({ published, protocol = 'tcp' }) => ({ port: published, protocol, service })),
    ),
    binds: [...sources].map((source) => ({
      source,
      services: of
        .filter(({ volumes = [] }) => volumes.some((mount) => mount.type === 'bind' && mount.source === source))
        .map(({ service }) => service),
    })),
  };
}

function runsOn(service: string, node: SwarmNode, { stack, services, tasks }: WantedInput): boolean {
  const live = ownService(stack, services, service);
  return (
    live !== undefined &&
    tasks.some(({ serviceId, nodeId, state }) => serviceId === live.id && nodeId === node.id && state === 'running')
  );
}
