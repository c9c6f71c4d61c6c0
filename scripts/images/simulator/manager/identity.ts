/** The manager's own server certificate: whom it names, and the faults that can be asked of it. */
import { hostname, networkInterfaces } from 'node:os';
import type { Environment } from '../common/environment.ts';
import type { Identity } from '../common/http.ts';
import type { Knobs } from '../common/knobs.ts';
import type { SigningAuthority } from '../common/material.ts';

/**
 * The names in the certificate: `IMPLY_MANAGER_HOSTNAMES` (a list, by comma or space), the container's host name and
 * addresses, localhost. No alias of the container is known in here: a name that agents dial and that is in none of
 * these fails their check.
 */
export function certificateNames(env: Environment): string[] {
  const given = (env['IMPLY_MANAGER_HOSTNAMES'] ?? '').split(/[\s,]+/).filter((name) => name !== '');
  const own = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address.replace(/%.*$/, '')),
  );
  return [...new Set([...given, hostname(), 'localhost', ...own])];
}

/** Issues the certificate to serve with; undefined when plain HTTP is served. */
export async function ownIdentity(
  authority: SigningAuthority | undefined,
  env: Environment,
  { faults }: Knobs,
): Promise<Identity | undefined> {
  if (authority === undefined || faults.has('plain-http')) return undefined;
  // Loaded here: without TLS, or in an agent, nothing of it is needed.
  const { issueIdentity, strangerLike } = await import('./certificates.ts');
  const issuer = faults.has('wrong-certificate') ? await strangerLike(authority.certificate) : authority;
  const names = faults.has('wrong-name') ? ['wrong-name.invalid'] : certificateNames(env);
  return issueIdentity(issuer, names, faults.has('expired-certificate') ? -1 : undefined);
}
