import type { ListenPorts } from '../../sdk/definition.ts';
import { usageError } from '../../errors.ts';
import { hostsOf, namesOf } from './hosts.ts';
import type { OpenPorts, Placed, RunInput } from './types.ts';

/**
 * The ports of a service's container that its host opens. A bridge on one host joins all containers: only what the
 * document publishes is opened. Across hosts, and with host networking, all that it listens on is: the other services
 * dial those very numbers.
 */
export function openPorts({ name, service }: Placed, { network, listens }: RunInput, several: boolean): OpenPorts[] {
  const published = (service.ports ?? []).map(({ target, published: from, protocol = 'tcp' }): OpenPorts => ({
    from,
    to: from,
    target,
    protocol,
  }));
  if (network === 'bridge' && !several) return published;
  const listened = (listens[name] ?? []).map(({ from, to = from }: ListenPorts): OpenPorts => ({
    from,
    to,
    target: from,
    protocol: 'tcp',
  }));
  const same = (one: OpenPorts, other: OpenPorts): boolean =>
    one.protocol === other.protocol && one.from === other.from && one.target === other.target;
  return [...published, ...listened.filter((one) => !published.some((other) => same(one, other)))].sort(
    (a, b) => a.from - b.from,
  );
}

/** A host may open a port for one container only. @throws BundleError (exit 2) that names the services and the ports */
export function refuseClashes(placed: readonly Placed[], input: RunInput): void {
  const several = hostsOf(placed).length > 1;
  const clashes = placed.flatMap((one, index) =>
    placed.slice(index + 1).flatMap((other) => {
      if (one.host !== other.host) return [];
      const others = openPorts(other, input, several);
      const ports = openPorts(one, input, several).flatMap((port) =>
        others.flatMap((rival) => overlap(port, rival) ?? []),
      );
      return ports.length === 0 ? [] : [`${one.name} and ${other.name} on ${one.host} (${ports.join(', ')})`];
    }),
  );
  if (clashes.length === 0) return;
  const why =
    input.network === 'host'
      ? 'with host networking every container listens on its host itself'
      : several
        ? 'services on other hosts dial these ports of the host'
        : 'the host can open a port for one container only';
  throw usageError('run-ports', `these need the same ports: ${clashes.join('; ')}: ${why}`, [
    several
      ? 'one of these a host, or all services on one host with --network bridge'
      : input.network === 'host'
        ? 'use --network bridge'
        : 'publish one of them elsewhere',
  ]);
}

/** The names of services that a container cannot find by itself, each with an address. */
export function addHosts(
  of: Placed,
  placed: readonly Placed[],
  { network, addresses }: Pick<RunInput, 'network' | 'addresses'>,
): [name: string, address: string][] {
  // A bridge resolves what is attached to it; a host's own network resolves nothing of ours, not even a container's own
  // name.
  const foreign = placed.filter((other) => network === 'host' || other.host !== of.host);
  return foreign.flatMap((other) =>
    namesOf(other).map((name): [string, string] => [name, addresses[other.host] ?? '']),
  );
}

/** @throws BundleError (exit 2) if a host's address is needed and not given */
export function requireAddresses(placed: readonly Placed[], { network, addresses }: RunInput): void {
  const hosts = hostsOf(placed);
  if (network === 'bridge' && hosts.length === 1) return;
  const missing = hosts.filter((host) => addresses[host] === undefined);
  if (missing.length === 0) return;
  throw usageError('run-address', `the address of ${missing.join(', ')} is not known: services dial each other there`, [
    `add ${missing.map((host) => `--address ${host}=IP`).join(' ')}`,
  ]);
}

export const portText = ({ from, to }: Pick<OpenPorts, 'from' | 'to'>): string =>
  from === to ? String(from) : `${from}-${to}`;

function overlap(one: OpenPorts, other: OpenPorts): string | undefined {
  const from = Math.max(one.from, other.from);
  const to = Math.min(one.to, other.to);
  return one.protocol !== other.protocol || from > to ? undefined : portText({ from, to });
}
