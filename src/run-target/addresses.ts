import { isIPv6, SocketAddress } from 'node:net';
import { usageError } from '../errors.ts';
import { isLoopback, isUnspecified } from '../image/own-address.ts';
import { hostAddress } from './settings.ts';

/** `host=ip`, repeated. @throws BundleError (exit 2) */
export function addressesOf(flags: readonly string[]): Record<string, string> {
  const addresses = new Map<string, string>();
  for (const flag of flags) {
    const [, host = '', address = ''] = /^([^=]+)=(.*)$/.exec(flag) ?? [];
    if (!hostAddress.safeParse(address).success)
      throw usageError('run-address', `--address ${flag}: not HOST=IP`, [
        'an IP address, without a zone (%…): containers are told it as it is, and look up no name',
      ]);
    if (addresses.has(host))
      throw usageError('run-address', `--address ${flag}: ${host} has --address ${host}=${addresses.get(host)} too`, [
        'give one address for each host',
      ]);
    addresses.set(host, address);
  }
  return Object.fromEntries(addresses);
}

/**
 * Where there are several hosts, each needs an address of its own that the others can dial. @throws BundleError (exit
 * 2)
 */
export function refuseUndiallable(hosts: readonly string[], addresses: Readonly<Record<string, string>>): void {
  if (hosts.length < 2) return;
  const byAddress = new Map<string, string>();
  for (const host of hosts) {
    const address = addresses[host];
    if (address === undefined) continue;
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    const hint = `--address ${host}=IP: the one at which the other hosts reach it`;
    if (isLoopback(address) || isUnspecified(address))
      throw usageError(
        'run-address',
        `${host} has the address ${address}, which no other host can dial: each means itself by it`,
        [hint],
      );
    const one = new SocketAddress({ address, family }).address;
    const other = byAddress.get(one);
    if (other !== undefined)
      throw usageError('run-address', `${other} and ${host} both have the address ${address}`, [hint]);
    byAddress.set(one, host);
  }
}
