/** Where an agent says it can be reached. */
import { lookup } from 'node:dns/promises';
import { hostname, networkInterfaces } from 'node:os';
import type { Environment } from '../common/environment.ts';

/**
 * `druid_common_runtime_druid_host` if given, else what the own host name resolves to, as Java would ask. On an overlay
 * network that is the address there; the default route's would be one that no other host reaches.
 */
export async function advertisedAddress(env: Environment): Promise<string> {
  const given = env['druid_common_runtime_druid_host'] ?? '';
  if (given !== '') return given;
  try {
    return (await lookup(hostname(), { family: 4 })).address;
  } catch {
    const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    return all.find((one) => !one.internal && one.family === 'IPv4')?.address ?? '127.0.0.1';
  }
}
