import type { ComposeService, EnvironmentValue } from '../../src/compose/types.ts';
import { pinnedService } from '../common/pinned.ts';
import { clientAddresses } from '../zookeeper/servers.ts';
import { storeEmbedded, zookeeperEmbedded, type ImplyAnswers } from './answers.ts';
import { MYSQL, zookeeperServers, type Member } from './members.ts';
import { VAR_FILES, managerMounts, secretVariables, sharedMounts } from './secrets.ts';

export const NETWORK = 'imply';
/** Where the shared volume or host directory of local deep storage is mounted. */
const DEEP_STORAGE = '/mnt/deep-storage';
export const DEEP_STORAGE_VOLUME = 'deep-storage';

/** Host, port and user of the metadata store as manager and agents reach it. */
export function store(answers: ImplyAnswers): { type: string; host: string; port: number; user: string } {
  const { type, host, port, user } = answers.store;
  // root, as in the vendor's chart: the user must be able to create one database a cluster.
  if (storeEmbedded(answers)) return { type: 'mysql', host: MYSQL, port: 3306, user: 'root' };
  return { type, host: host ?? '', port: port ?? (type === 'postgresql' ? 5432 : 3306), user: user ?? '' };
}

export function zookeeperHosts(answers: ImplyAnswers): string[] {
  return zookeeperEmbedded(answers) ? clientAddresses(zookeeperServers(answers)) : (answers.zookeeper.hosts ?? []);
}

/** The manager: one replica, never two on one database. No health check: no client is known to be in the image. */
export function managerService(stack: string, answers: ImplyAnswers): ComposeService {
  const { type, host, port, user } = store(answers);
  const environment: Record<string, EnvironmentValue> = {
    IMPLY_MANAGER_STORE_TYPE: type,
    IMPLY_MANAGER_STORE_HOST: host,
    IMPLY_MANAGER_STORE_PORT: String(port),
    IMPLY_MANAGER_STORE_USER: user,
    IMPLY_MANAGER_STORE_DATABASE: answers.store.database,
    // Defaults for new clusters only; the names are case-sensitive.
    imply_defaults_zkType: 'external',
    imply_defaults_zkHosts: zookeeperHosts(answers).join(','),
    imply_defaults_zkBasePath: answers.zookeeper.basePath,
    imply_defaults_metadataStorageType: type,
    imply_defaults_metadataStorageHost: host,
    imply_defaults_metadataStoragePort: String(port),
    imply_defaults_metadataStorageUser: user,
    imply_defaults_deepStorageType: answers.deepStorage.type,
    imply_defaults_deepStoragePath: answers.deepStorage.path,
  };
  // Where the manager puts the text of IMPLY_MANAGER_STORE_CA_CERT, as the vendor's chart has it.
  if (answers.store.tls.ca === 'file') environment['IMPLY_MANAGER_STORE_CA_CERT_PATH'] = '/etc/imply/ca/manager-store.crt';
  if (answers.tls.enabled) environment['IMPLY_MANAGER_HOSTNAMES'] = answers.manager.hostname;
  if (answers.secretDelivery === 'file') environment['IMPLY_MANAGER_VAR_FILES_PATH'] = VAR_FILES;
  else {
    for (const [variable, file] of Object.entries(secretVariables(answers))) {
      environment[variable] = { fromEnvironment: variable, hint: `bundle deploy supplies it from secrets/${file}` };
    }
  }
  return {
    image: answers.images.manager,
    ...pinnedService({ stack, network: NETWORK, label: 'manager', alias: answers.manager.hostname, reserve: answers.manager.reserve }),
    environment,
    secrets: managerMounts(answers),
    volumes: [{ type: 'volume', source: 'imply-manager-var', target: '/mnt/var' }],
    ports: [{ target: 9097, published: answers.manager.port, mode: 'host' }],
    stopGracePeriod: '2m',
  };
}

/** An agent: its own service, volume, host name and address; never the CA's key. */
export function agentService(stack: string, answers: ImplyAnswers, member: Member): ComposeService {
  const role = answers.agents[member.role];
  const volumes: ComposeService['volumes'] = [{ type: 'volume', source: `${member.service}-var`, target: '/mnt/var' }];
  if (member.role === 'data') volumes.push({ type: 'volume', source: `${member.service}-tmp`, target: '/mnt/tmp' });
  if (answers.deepStorage.type === 'local') {
    const shared = answers.deepStorage.sharedMount;
    volumes.push(shared === undefined ? { type: 'volume', source: DEEP_STORAGE_VOLUME, target: DEEP_STORAGE } : { type: 'bind', source: shared, target: DEEP_STORAGE });
  }
  const service: ComposeService = {
    image: answers.images.agent,
    ...pinnedService({ stack, network: NETWORK, label: member.label, alias: member.service, reserve: role.reserve }),
    environment: {
      IMPLY_MANAGER_HOST: answers.manager.hostname,
      IMPLY_MANAGER_AGENT_CLUSTER: answers.agents.cluster,
      IMPLY_MANAGER_AGENT_NODE_TYPE: member.role === 'data' ? 'dataTier1' : member.role,
      // Else the agent may announce docker_gwbridge's address, which is the same on every node.
      druid_common_runtime_druid_host: member.service,
      // The vendor's chart always sets it since 2022.09.
      IMPLY_SKIP_JAVA_CHECK: '1',
    },
    volumes,
    stopGracePeriod: role.gracePeriod,
  };
  const mounts = sharedMounts(answers);
  if (mounts.length > 0) service.secrets = mounts;
  const { publish } = answers.agents.query;
  if (member.role === 'query' && publish.enabled) {
    // Under TLS a Druid port is the plain one + 200; Pivot keeps its own [DSEC].
    const router = answers.tls.enabled ? 9088 : 8888;
    service.ports = [
      { target: router, published: publish.router ?? router, mode: 'host' },
      { target: 9095, published: publish.pivot, mode: 'host' },
    ];
  }
  return service;
}

/** Embedded MySQL behind the environment contract of the official image. */
export function mysqlService(stack: string, answers: ImplyAnswers): ComposeService {
  return {
    image: answers.images.mysql,
    ...pinnedService({ stack, network: NETWORK, label: 'store', alias: MYSQL }),
    // Druid refuses a database that is not UTF.
    command: ['--character-set-server=utf8mb4'],
    environment: { MYSQL_ROOT_PASSWORD_FILE: '/run/secrets/store-password', MYSQL_DATABASE: answers.store.database },
    secrets: [{ source: 'store-password', target: 'store-password', mode: 0o444 }],
    volumes: [{ type: 'volume', source: 'mysql-data', target: '/var/lib/mysql' }],
    // Over TCP: the server that runs during initialisation listens on the socket only. An answer without a login is a sign of life.
    healthcheck: { test: ['CMD', 'mysqladmin', 'ping', '-h', '127.0.0.1', '--silent'], interval: '5s', timeout: '5s', retries: 12, startPeriod: '2m' },
    stopGracePeriod: '2m',
  };
}
