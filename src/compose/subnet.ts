/** IPv4 networks as numbers: what a subnet holds, what it meets, and how many addresses an overlay network needs. */

export interface Subnet {
  /** First and last address as numbers, those of the network and of broadcast included. */
  first: number;
  last: number;
  /** As it is written: `10.20.0.0/24`. */
  text: string;
}

/** The number of an IPv4 address in dotted form; undefined for anything else, IPv6 and 0.0.0.0 included. */
export function addressNumber(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  const number = parts.reduce((sum, part) => sum * 256 + part, 0);
  return number === 0 ? undefined : number;
}

/**
 * A subnet in CIDR notation whose address is the network's own (`10.20.0.0/24`, not `10.20.0.7/24`); undefined for
 * anything else.
 */
export function parseSubnet(text: string): Subnet | undefined {
  const [address = '', length = ''] = text.split('/');
  const first = addressNumber(address);
  if (first === undefined || !/^([1-9]|[12]\d|3[0-2])$/.test(length) || text.split('/').length !== 2) return undefined;
  const size = 2 ** (32 - Number(length));
  return first % size === 0 ? { first, last: first + size - 1, text } : undefined;
}

export const overlap = (one: Subnet, other: Subnet): boolean => one.first <= other.last && other.first <= one.last;

/** False also for what is no IPv4 address. */
export function holds(subnet: Subnet, address: string): boolean {
  const number = addressNumber(address);
  return number !== undefined && subnet.first <= number && number <= subnet.last;
}

/** Addresses that a subnet has to give, without the network's and that of broadcast. */
export const usable = ({ first, last }: Subnet): number => Math.max(0, last - first - 1);

export interface SubnetDemand {
  tasks: number;
  /** Services with a virtual IP on the network. */
  virtualIps: number;
  /** Nodes that run a task on it. */
  nodes: number;
}

/**
 * Addresses that an overlay network must have. Each task counts twice: during an update the new one has its address
 * before the old one is gone (moby/swarmkit, manager/orchestrator/update), and a deployment by hand updates all
 * services at once. To them come the virtual IPs, one for the load balancer of each node (manager/allocator), whatever
 * the endpoint mode, and the gateway.
 */
export const addressesNeeded = ({ tasks, virtualIps, nodes }: SubnetDemand): number =>
  2 * tasks + virtualIps + nodes + 1;

/** `21 addresses: 2 for each of 8 tasks (an update needs both), 4 nodes, the gateway` */
export function demandText(demand: SubnetDemand): string {
  const { tasks, virtualIps, nodes } = demand;
  const parts = [
    `2 for each of ${count(tasks, 'task')} (an update needs both)`,
    ...(virtualIps > 0 ? [count(virtualIps, 'virtual IP')] : []),
    `1 for each of ${count(nodes, 'node')}`,
    'the gateway',
  ];
  return `${addressesNeeded(demand)} addresses: ${parts.join(', ')}`;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
