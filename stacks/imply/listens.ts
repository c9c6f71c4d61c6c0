import type { ListenPorts } from '../definition.ts';
import { serverListens } from '../zookeeper/servers.ts';
import { storeEmbedded, type ImplyAnswers, type Role } from './answers.ts';
import { MANAGER, MYSQL, members, zookeeperServers } from './members.ts';

/**
 * What manager and agents listen on for each other: the vendor's published list and the port names of its chart [DSEC] [H*], with 9989, which that list leaves out.
 * With TLS a Druid service answers on its port + 200; whether the plain one stays open is unknown, and nothing is expected there. Of tasks it is inferred that they keep their range.
 */
const MANAGER_PORTS: ListenPorts[] = [
  { from: 9097, what: 'manager’s pages' },
  { from: 9989, what: 'manager’s back end, for agents' },
  { from: 9998, what: 'manager, internal' },
  { from: 9999, what: 'manager’s files, for agents' },
];
const AGENT_PORTS: ListenPorts[] = [
  { from: 9994, what: 'agent’s logs' },
  { from: 9997, what: 'agent, for the manager' },
];
const DRUID_PORTS: Record<Role, ListenPorts[]> = {
  master: [{ from: 8081, what: 'coordinator' }, { from: 8090, what: 'overlord' }],
  query: [{ from: 8082, what: 'broker' }, { from: 8888, what: 'router' }],
  data: [{ from: 8083, what: 'historical' }, { from: 8091, what: 'middle manager' }],
};
const TASKS: ListenPorts = { from: 8100, to: 8199, what: 'tasks' };
const PIVOT: ListenPorts = { from: 9095, what: 'Pivot' };
const TLS_OFFSET = 200;

export function listens(answers: ImplyAnswers): Record<string, readonly ListenPorts[]> {
  const druid = (role: Role): ListenPorts[] => DRUID_PORTS[role].map(({ from, what }) => ({ from: from + (answers.tls.enabled ? TLS_OFFSET : 0), what }));
  const own: Record<Role, ListenPorts[]> = { master: [], query: [PIVOT], data: [TASKS] };
  const servers = zookeeperServers(answers);
  return Object.fromEntries([
    ...(storeEmbedded(answers) ? [[MYSQL, [{ from: 3306, what: 'MySQL' }]] as const] : []),
    ...servers.map(({ name }) => [name, serverListens(servers.length)] as const),
    [MANAGER, MANAGER_PORTS] as const,
    ...members(answers).map(({ service, role }) => [service, [...AGENT_PORTS, ...druid(role), ...own[role]]] as const),
  ]);
}
