import type { ListenPorts } from '../../src/sdk/definition.ts';
import { serverListens } from '../zookeeper/servers.ts';
import { storeEmbedded, type ImplyAnswers, type Role } from './answers.ts';
import { isData } from './answers/roles.ts';
import { MANAGER, MYSQL, members, zookeeperServers } from './members.ts';
import { PORTS, type ServerPort } from './ports.ts';

/**
 * What each service listens on for the others. Whether the plain Druid ports stay open under TLS is unknown, and
 * nothing is expected there.
 */
export function listens(answers: ImplyAnswers): Record<string, readonly ListenPorts[]> {
  const all: readonly ServerPort[] = Object.values(PORTS);
  const of = (...servers: ServerPort['server'][]): ListenPorts[] =>
    all
      .filter(({ server }) => servers.includes(server))
      .map(({ plain, tls, last, purpose }) => ({
        from: answers.tls.enabled ? tls : plain,
        ...(last === undefined ? {} : { to: last }),
        what: purpose,
      }));
  const kind = (role: Role): ServerPort['server'] => (isData(role) ? 'data agents' : `${role} agents`);
  const servers = zookeeperServers(answers);
  return Object.fromEntries<readonly ListenPorts[]>([
    ...(storeEmbedded(answers) ? [[MYSQL, [{ from: 3306, what: 'MySQL' }]] as const] : []),
    ...servers.map(({ name }) => [name, serverListens(servers.length)] as const),
    [MANAGER, of('manager')] as const,
    ...members(answers).map(({ service, role }) => [service, of('every agent', kind(role))] as const),
  ]);
}
