import * as z from 'zod';
import type { ComposeService, EnvironmentValue } from '../../src/sdk/compose.ts';
import type { HostNeed, ListenPorts } from '../../src/sdk/definition.ts';
import { pinnedService } from '../common/pinned.ts';

/*
 * ZooKeeper servers for any stack, behind the environment contract of the official image (31z4/zookeeper-docker). One
 * service for each server: a replica would lose its id, its volume and its place in the servers' list.
 */

export const CLIENT_PORT = 2181;

/** How many servers. */
export const serverCount = z
  .int()
  .refine(
    (value) => [1, 3, 5].includes(value),
    'must be 1, 3 or 5: a majority must be up, so an even number of servers survives no more losses than one ' +
      'server less',
  );

/** Numbered from 1, also if there is one: raising the count renames nothing. */
export const serverName = (id: number): string => `zookeeper-${id}`;

/** Whether a service of this name is a ZooKeeper server. */
export const isServer = (service: string): boolean => /^zookeeper-\d+$/.test(service);

/** How long a server may take to stop. */
export const SERVER_GRACE = '1m';

/** A server and the node that keeps its volumes; its service name is also the role of its node label. */
export interface Server {
  id: number;
  name: string;
  node: string;
}

/** Server i is pinned to the i-th named node, starting over at the end. */
export function serversOn(count: number, nodes: readonly string[]): Server[] {
  return Array.from({ length: count }, (_unused, index) => ({
    id: index + 1,
    name: serverName(index + 1),
    node: nodes[index % nodes.length] ?? '',
  }));
}

/** host:port of every server, as clients list them. */
export const clientAddresses = (servers: readonly Pick<Server, 'name'>[]): string[] =>
  servers.map(({ name }) => `${name}:${CLIENT_PORT}`);

/** Snapshots and logs of a small tree; old ones are purged daily. */
export const serverHosts = (servers: readonly Server[]): HostNeed[] => [
  { services: servers.map(({ name }) => name), sysctls: {}, volumeBytes: 2 ** 30 },
];

/** A server alone has no peers. */
export function serverListens(count: number): ListenPorts[] {
  const peers = [
    { from: 2888, what: 'ZooKeeper followers' },
    { from: 3888, what: 'ZooKeeper election' },
  ];
  return [{ from: CLIENT_PORT, what: 'ZooKeeper clients' }, ...(count > 1 ? peers : [])];
}

export interface ServerOptions {
  stack: string;
  network: string;
  image: string;
  reserve?: { cpus: string; memory: string };
  /** MB; the image's own default (1000) if it is left out. */
  heapMb?: number;
  /** Port on the server's node, where clients outside the swarm are to reach it. */
  publish?: number;
}

/** One server of the ensemble. */
export function serverService(server: Server, all: readonly Server[], options: ServerOptions): ComposeService {
  const { stack, network, image, reserve, heapMb, publish } = options;
  return {
    image,
    ...pinnedService({ stack, label: server.name, alias: server.name, network, reserve }),
    environment: {
      ZOO_MY_ID: String(server.id),
      // Each binds the address of its own name, which is that of its task: with dnsrr no virtual IP stands between.
      ZOO_SERVERS: all.map(({ id, name }) => `server.${id}=${name}:2888:3888;${CLIENT_PORT}`).join(' '),
      ...(all.length === 1 ? { ZOO_STANDALONE_ENABLED: 'true' } : QUORUM),
      // Off by default, which fills the disk.
      ZOO_AUTOPURGE_PURGEINTERVAL: '24',
      ZOO_AUTOPURGE_SNAPRETAINCOUNT: '5',
      ZOO_4LW_COMMANDS_WHITELIST: 'ruok,srvr,mntr',
      ...(heapMb === undefined ? {} : { ZK_SERVER_HEAP: String(heapMb) }),
    },
    volumes: [
      { type: 'volume', source: `${server.name}-data`, target: '/data' },
      { type: 'volume', source: `${server.name}-datalog`, target: '/datalog' },
    ],
    ...(publish === undefined ? {} : { ports: [{ target: CLIENT_PORT, published: publish, mode: 'host' }] }),
    // Liveness only: a check that needs peers would keep this member out of DNS, where the peers look for it.
    healthcheck: {
      test: ['CMD-SHELL', `echo ruok | nc -w 2 127.0.0.1 ${CLIENT_PORT} | grep -q imok`],
      interval: '5s',
      timeout: '5s',
      retries: 12,
      startPeriod: '1m',
    },
    stopGracePeriod: SERVER_GRACE,
  };
}

/** Only of an ensemble of several. */
const QUORUM: Record<string, EnvironmentValue> = {
  ZOO_STANDALONE_ENABLED: 'false',
  // Ticks of 2 s for a follower to load a snapshot, and to fall behind.
  ZOO_INIT_LIMIT: '10',
  ZOO_SYNC_LIMIT: '5',
  // A server that restarts has a new address; Java remembers the old one for 30 s.
  SERVER_JVMFLAGS: '-Dsun.net.inetaddr.ttl=5',
};
