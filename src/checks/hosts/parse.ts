import { HOST_MARK } from './script.ts';

/** What a host said of itself. */
export interface HostFacts {
  /** Values as they stand there; some have several numbers. */
  sysctls: Record<string, string>;
  /** Of the file system asked; undefined if there was no df. */
  freeBytes: number | undefined;
  /** By interface. */
  mtus: Record<string, number>;
  /** IPv4 routes; address and mask as numbers. */
  routes: { interface: string; to: number; mask: number }[];
  /** IPv6 addresses, of 32 hexadecimal digits each. */
  addresses: { interface: string; address: string }[];
  /** Protocols whose sockets could be listed. */
  listed: Set<string>;
  /** `tcp 9097`: the asked ports that are open. */
  open: Set<string>;
}

/** Reads what the job printed. Returns undefined if the output is incomplete. Unknown lines are ignored. */
export function parseFacts(lines: readonly string[]): HostFacts | undefined {
  const facts: HostFacts = {
    sysctls: {},
    freeBytes: undefined,
    mtus: {},
    routes: [],
    addresses: [],
    listed: new Set(),
    open: new Set(),
  };
  let complete = false;
  for (const line of lines) {
    const [mark, word, first = '', ...rest] = line.split(' ');
    if (mark !== HOST_MARK) continue;
    const [second = '', third = ''] = rest;
    if (word === 'end') complete = true;
    else if (word === 'sysctl') facts.sysctls[first] = rest.join(' ');
    else if (word === 'disk' && /^\d+$/.test(first)) facts.freeBytes = Number(first) * 1024;
    else if (word === 'mtu' && /^\d+$/.test(second)) facts.mtus[first] = Number(second);
    else if (word === 'route') facts.routes.push({ interface: first, to: addressOf(second), mask: addressOf(third) });
    else if (word === 'address') facts.addresses.push({ interface: first, address: second });
    else if (word === 'sockets') facts.listed.add(first);
    else if (word === 'open') facts.open.add(`${first} ${Number.parseInt(second, 16)}`);
  }
  return complete ? facts : undefined;
}

/**
 * The kernel prints an IPv4 address as the hexadecimal number that its bytes are in memory (Linux: net/ipv4/fib_trie.c,
 * fib_route_seq_show): little-endian on all that Docker runs on but s390x.
 */
function addressOf(hex: string): number {
  return hex.match(/../g)?.reduceRight((sum, byte) => sum * 256 + Number.parseInt(byte, 16), 0) ?? Number.NaN;
}

/** An IPv6 address as the kernel lists it, without colons. @param address as Go writes it: without an IPv4 part */
function digitsOf(address: string): string {
  const [front = '', back] = address.toLowerCase().split('::');
  const groups = (part: string): string[] => part.split(':').filter((group) => group !== '');
  const [first, last] = [groups(front), groups(back ?? '')];
  const zeros = Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  return [...first, ...zeros, ...last].map((group) => group.padStart(4, '0')).join('');
}

/**
 * The interface that has an address: of IPv4, that of the narrowest network around it. Undefined if none is known.
 */
export function interfaceOf(
  address: string,
  { routes, addresses }: Pick<HostFacts, 'routes' | 'addresses'>,
): string | undefined {
  if (address.includes(':')) return addresses.find((each) => each.address === digitsOf(address))?.interface;
  const bytes = /^\d+\.\d+\.\d+\.\d+$/.test(address) ? address.split('.').map(Number) : [];
  if (bytes.length === 0) return undefined;
  const wanted = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const around = routes.filter(({ to, mask }) => (wanted & mask) >>> 0 === to).sort((a, b) => b.mask - a.mask);
  return around[0]?.interface;
}
