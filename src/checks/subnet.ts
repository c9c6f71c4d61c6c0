import { leastTasks } from '../compose/modes.ts';
import { ownNetworks } from '../compose/networks.ts';
import {
  addressesNeeded,
  demandText,
  holds,
  overlap,
  parseSubnet,
  usable,
  type SubnetDemand,
  type Subnet,
} from '../compose/subnet.ts';
import { STACK_NAMESPACE, type SwarmNetwork, type SwarmNode } from '../engine/port.ts';
import { joinedAgain } from '../place/named-node.ts';
import type { Check, CheckContext, Finding } from './check.ts';

/** Swarm hands out its pool from the front: a node's address further on is not met soon. */
const NEAR = 256;
/** Every container of a service has an address on it too. */
const GATEWAY_BRIDGE = 'docker_gwbridge';

/**
 * Whether the addresses of the stack's networks suffice and meet nothing: other networks of the swarm, the nodes' own
 * addresses, and the bridge by which containers leave a host, as the engine we talk to has it. What else the hosts
 * route to cannot be read through the engine.
 */
export const subnets: Check = {
  name: 'subnets',
  title: 'network addresses',
  offline: false,
  async run(context) {
    const live = (await context.live?.engine.networks()) ?? [];
    return Object.entries(ownNetworks(context.document)).flatMap(([key, { subnet }]) =>
      judge(context, { key, subnet }, live),
    );
  },
};

function judge(
  context: CheckContext,
  { key, subnet: wanted }: { key: string; subnet: string | undefined },
  live: readonly SwarmNetwork[],
): Finding[] {
  const name = `${context.stack}_${key}`;
  const named = live.filter((network) => network.name === name);
  const existing = named.find(({ labels }) => labels[STACK_NAMESPACE] === context.stack);
  // Somebody else's: `names` tells of it, and ours is not made beside it.
  if (existing === undefined && named.length > 0) return [];
  const all = context.live?.nodes ?? [];
  // The machine has its address of now: an entry of before it joined again is nobody's.
  const nodes = all.filter((node) => joinedAgain(all, node) === undefined);
  const demand = demandOf(context, key);
  const written = existing?.subnets ?? [wanted].flatMap((subnet) => subnet ?? []);
  const own = written.flatMap((text) => parseSubnet(text) ?? []);
  // An engine lists a network's subnet as soon as it is made; IPv6 alone is not judged.
  if (own.length === 0) return existing ? [] : judgePool(name, context, demand, nodes);
  const mend = existing
    ? 'docker changes no network that exists: set network.subnet in bundle.yaml, then `bundle render`, `bundle ' +
      'destroy` and `bundle deploy` (volumes stay)'
    : 'set another network.subnet in bundle.yaml';
  const findings = own.flatMap((subnet): Finding[] => [
    ...(usable(subnet) < addressesNeeded(demand)
      ? [
          {
            level: 'error' as const,
            text: `${name}: ${subnet.text} has ${usable(subnet)} usable addresses and needs ${demandText(demand)}`,
            hint: mend,
          },
        ]
      : []),
    ...met(
      subnet,
      live.filter((network) => network !== existing),
      nodes,
    ).map((text): Finding => ({ level: 'error', text: `${name}: ${subnet.text} ${text}`, hint: mend })),
  ]);
  if (findings.length > 0) return findings;
  const [first] = own as [Subnet];
  return [
    {
      level: 'ok',
      text:
        `${name}: ${first.text} has room (${usable(first)} usable, ${addressesNeeded(demand)} needed) and meets ` +
        'no other network of the swarm and no node’s address; what else the hosts route to cannot be seen ' +
        'from here',
    },
  ];
}

function met(subnet: Subnet, others: readonly SwarmNetwork[], nodes: readonly SwarmNode[]): string[] {
  const networks = others
    .filter(({ driver, name }) => driver === 'overlay' || name === GATEWAY_BRIDGE)
    .flatMap(({ name, subnets: taken }) =>
      taken.flatMap((text) => {
        const other = parseSubnet(text);
        return other && overlap(subnet, other) ? [`overlaps network ${name} (${text})`] : [];
      }),
    );
  return [
    ...networks,
    ...nodes
      .filter(({ address }) => holds(subnet, address))
      .map(
        ({ hostname, address }) =>
          `holds the address of node ${hostname} (${address}), which its tasks then cannot reach`,
      ),
  ];
}

/** The network is still to be made, and swarm will choose. */
function judgePool(name: string, { info }: CheckContext, demand: SubnetDemand, nodes: readonly SwarmNode[]): Finding[] {
  const pool = info?.swarm.addressPool;
  if (!pool)
    return [
      {
        level: 'info',
        text: `${name}: swarm chooses its subnet, and the engine does not say from which pool`,
        hint: 'network.subnet in bundle.yaml names one',
      },
    ];
  const size = 2 ** (32 - pool.prefix);
  const room = Math.max(0, size - 2);
  if (room < addressesNeeded(demand)) {
    const text =
      `${name}: swarm would give it a /${pool.prefix} with ${room} usable addresses, and it needs ` +
      `${demandText(demand)}`;
    return [{ level: 'error', text, hint: 'name a larger network.subnet in bundle.yaml' }];
  }
  const near = pool.ranges.flatMap((text) => {
    const range = parseSubnet(text);
    const front = range && { ...range, last: Math.min(range.last, range.first + NEAR * size - 1) };
    return front
      ? nodes.filter(({ address }) => holds(front, address)).map(({ hostname, address }) => `${hostname} (${address})`)
      : [];
  });
  if (near.length === 0)
    return [
      {
        level: 'ok',
        text:
          `${name}: swarm chooses a /${pool.prefix} of ${pool.ranges.join(', ')} (${room} usable, ` +
          `${addressesNeeded(demand)} needed); what the hosts route to cannot be seen from here`,
      },
    ];
  return [
    {
      level: 'warning',
      text:
        `${name}: swarm takes its subnet from ${pool.ranges.join(', ')}, where ` +
        `${near.length === 1 ? 'this node is' : 'these nodes are'} too: ${near.join(', ')}`,
      hint: 'network.subnet in bundle.yaml names a range of your own',
    },
  ];
}

function demandOf({ document, plan }: CheckContext, key: string): SubnetDemand {
  const services = Object.entries(document.services).filter(([, service]) => key in service.networks);
  const names = new Set(services.map(([service]) => service));
  return {
    tasks: services.reduce((sum, [, service]) => sum + leastTasks(service), 0),
    virtualIps: services.filter(([, { deploy }]) => deploy.endpointMode === 'vip').length,
    nodes: new Set(
      plan.placements
        .filter(({ services: placed }) => placed.some((service) => names.has(service)))
        .flatMap(({ nodes }) => nodes),
    ).size,
  };
}
