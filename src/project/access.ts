import { join } from 'node:path';
import { lockedPart } from '../bundle/lock-entry.ts';
import { FILE } from '../bundle/names.ts';
import type { SwarmNode } from '../engine/port.ts';
import type { Way } from '../sdk/definition.ts';
import type { BundleDirectory } from './bundle-dir.ts';
import { dialledWays, withAddresses } from './node-addresses.ts';

/** A certificate that clients must trust. */
export interface Trusted {
  secret: string;
  /** Its file, as the user names the bundle. */
  path: string;
  /** Whether that file is on this machine. */
  here: boolean;
  /** As bundle.lock.json has them; absent if it does not. */
  subject?: string;
  sha256?: string;
  notAfter?: string;
}

/** How a bundle is reached, with the paths of this machine. */
export interface BundleAccess {
  ways: Way[];
  trust: Trusted[];
  risks: string[];
  first: string[];
}

/**
 * What the definition says of how to reach this bundle; empty if it says nothing. No secret is in it.
 * @param nodes of the swarm, if they are known: their addresses take the place of their ids
 */
export function accessOf(
  { plan, lock, secrets, shown }: BundleDirectory,
  nodes: readonly Pick<SwarmNode, 'id' | 'address'>[] = [],
): BundleAccess {
  const { ways = [], trust = [], risks = [], first = [] } = plan.access ?? {};
  return {
    ways: dialledWays(ways, nodes),
    risks,
    first: first.map(withAddresses(nodes)),
    trust: trust.flatMap(({ secret, part }) => {
      const file = plan.secrets.find((need) => need.secret === secret)?.files[part];
      const { subject, certificateSha256, notAfter } = lock.secrets[secret]?.facts ?? {};
      return file === undefined
        ? []
        : [
            {
              secret,
              path: join(shown, FILE.secrets, file),
              here: lockedPart({ lock, secrets }, { secret, part }) !== undefined,
              ...(subject !== undefined && { subject }),
              ...(certificateSha256 !== undefined && { sha256: certificateSha256 }),
              ...(notAfter !== undefined && { notAfter }),
            },
          ];
    }),
  };
}
