import { promises as dns } from 'node:dns';
import { isIP } from 'node:net';

const LIMIT_MS = 2_000;

/** A host's name as this machine knows it. */
export interface HostLookup {
  /** Empty if the name does not resolve. */
  addresses: string[];
  /** Whether DNS has the name as it stands; undefined for an address, and if no name server answers. */
  inDns: boolean | undefined;
}

/**
 * Asks the system, which looks into its hosts file and adds search domains, and DNS itself, which is what containers
 * ask.
 */
export async function lookupHost(host: string): Promise<HostLookup> {
  if (isIP(host) !== 0) return { addresses: [host], inDns: undefined };
  const [addresses, inDns] = await Promise.all([
    dns.lookup(host, { all: true }).then(
      (found) => found.map(({ address }) => address),
      () => [],
    ),
    askDns(host),
  ]);
  return { addresses, inDns };
}

async function askDns(host: string): Promise<boolean | undefined> {
  const resolver = new dns.Resolver({ timeout: LIMIT_MS, tries: 1 });
  const results = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  if (results.some(({ status }) => status === 'fulfilled')) return true;
  const none = (result: PromiseSettledResult<unknown>): boolean =>
    result.status === 'rejected' &&
    ['ENOTFOUND', 'ENODATA'].includes((result.reason as NodeJS.ErrnoException).code ?? '');
  return results.every(none) ? false : undefined;
}
