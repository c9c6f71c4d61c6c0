import type { HostLookup } from '../io/lookup.ts';
import type { External } from '../sdk/definition.ts';
import type { CheckContext, Finding } from './check.ts';

/** What a server's address says of how the tasks will see it. */
export async function addressFindings(
  { what, clients, servers }: Pick<External, 'what' | 'clients' | 'servers'>,
  context: CheckContext,
): Promise<Finding[]> {
  const hosts = [...new Set(servers.map(({ host }) => host))];
  const readings = await Promise.all(hosts.map(async (host) => ({ host, reading: await context.lookup(host) })));
  const [first] = servers;
  const found = readings
    .filter(({ host, reading }) => reading.addresses.length > 0 && !reading.addresses.includes(host))
    .map(({ host, reading }) => `${host} is ${reading.addresses.join(', ')}`);
  return [
    ...readings.flatMap(({ host, reading }) =>
      judge(host, reading).map((text): Finding => ({
        level: 'warning',
        text: `${what} ${host}: ${text}`,
        hint: 'give its name as DNS has it, or its address',
      })),
    ),
    {
      level: 'info',
      text:
        `${what}: ${clients} dial ${servers.map(({ host, port }) => `${host}:${port}`).join(', ')} from their own ` +
        'nodes; what this machine sees of it does not tell about those',
      hint:
        `${found.length > 0 ? `here ${found.join('; ')}; ` : ''}try it on each node: nc -vz ${first?.host ?? ''} ` +
        `${first?.port ?? ''}`,
    },
  ];
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.|0\.0\.0\.0$|::$)/;

function judge(host: string, { addresses, inDns }: HostLookup): string[] {
  if (addresses.some((address) => LOOPBACK.test(address)))
    return [`is this machine itself here (${addresses.join(', ')}), and would be each container itself there`];
  if (/\.local$/i.test(host)) return ['a name in .local is found by multicast, which containers do not ask'];
  if (addresses.length > 0 && inDns === false)
    return [
      'DNS does not have this name as it stands: this machine takes it from its hosts file or adds a search ' +
        'domain; containers do not see the node’s hosts file',
    ];
  return [];
}
