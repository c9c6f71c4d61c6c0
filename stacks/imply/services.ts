import type { ComposeService, EnvironmentValue, VolumeMount } from '../../src/sdk/compose.ts';
import { pinnedService } from '../common/pinned.ts';
import { storeAddress } from './addresses.ts';
import { NODE_TYPE, isData } from './answers/roles.ts';
import { resourcesOf } from './answers/sizes.ts';
import type { ImplyAnswers } from './answers.ts';
import { defaultsEnvironment } from './cluster-defaults.ts';
import { exporter } from './exporter.ts';
import { MYSQL, STORE_LABEL, managerAddress, type Member } from './members.ts';
import { PORTS, portOf } from './ports.ts';
import { STORE_VOLUME, VAR_FILES, managerMounts, secretVariables, sharedMounts } from './secrets.ts';

export const NETWORK = 'imply';
/** Where the shared volume or host directory of local deep storage is mounted. */
export const DEEP_STORAGE = '/mnt/deep-storage';
export const DEEP_STORAGE_VOLUME = 'deep-storage';

/** The manager: one replica, never two on one database. No health check: no client is known to be in the image. */
export function managerService(
  stack: string,
  answers: ImplyAnswers,
  startOf: (image: string) => string[],
): ComposeService {
  const { type, host, port, user } = storeAddress(answers);
  const environment: Record<string, EnvironmentValue> = {
    IMPLY_MANAGER_STORE_TYPE: type,
    IMPLY_MANAGER_STORE_HOST: host,
    IMPLY_MANAGER_STORE_PORT: String(port),
    IMPLY_MANAGER_STORE_USER: user,
    IMPLY_MANAGER_STORE_DATABASE: answers.store.database,
    ...defaultsEnvironment(answers),
  };
  // Where the manager puts the text of IMPLY_MANAGER_STORE_CA_CERT, as the vendor's chart has it.
  if (answers.store.tls.ca === 'file')
    environment['IMPLY_MANAGER_STORE_CA_CERT_PATH'] = '/etc/imply/ca/manager-store.crt';
  if (answers.tls.enabled) environment['IMPLY_MANAGER_HOSTNAMES'] = managerAddress(answers);
  if (answers.secretDelivery === 'file') environment['IMPLY_MANAGER_VAR_FILES_PATH'] = VAR_FILES;
  else if (answers.secretDelivery === 'env') {
    for (const [variable, file] of Object.entries(secretVariables(answers))) {
      environment[variable] = { fromEnvironment: variable, hint: `bundle deploy supplies it from secrets/${file}` };
    }
  }
  const pinned = pinnedService({
    stack,
    network: NETWORK,
    label: 'manager',
    alias: answers.manager.hostname,
    reserve: answers.manager.reserve,
    limit: answers.manager.limit,
  });
  const { portMode } = answers.manager;
  return {
    image: answers.images.manager,
    ...pinned,
    // Swarm refuses an ingress port on a service without a virtual IP.
    deploy: { ...pinned.deploy, endpointMode: portMode === 'ingress' ? 'vip' : 'dnsrr' },
    ...(answers.secretDelivery === 'wrapper'
      ? {
          entrypoint: exporter(`${VAR_FILES}/`, Object.keys(secretVariables(answers))),
          command: startOf(answers.images.manager),
        }
      : {}),
    environment,
    secrets: managerMounts(answers),
    volumes: [storage(answers.manager.hostPaths.var, 'imply-manager-var', '/mnt/var')],
    ports: [{ target: PORTS.ui.plain, published: answers.manager.port, mode: portMode }],
    stopGracePeriod: '2m',
  };
}

/** An agent: its own service, volume, host name and address; never the CA's key. */
export function agentService(stack: string, answers: ImplyAnswers, member: Member): ComposeService {
  const role = answers.agents[member.role];
  const paths: { var?: string | undefined; tmp?: string | undefined } = role.hostPaths;
  const volumes: ComposeService['volumes'] = [storage(paths.var, `${member.service}-var`, '/mnt/var')];
  if (isData(member.role)) volumes.push(storage(paths.tmp, `${member.service}-tmp`, '/mnt/tmp'));
  if (answers.deepStorage.type === 'local') {
    const shared = answers.deepStorage.sharedMount;
    volumes.push(
      shared === undefined
        ? { type: 'volume', source: DEEP_STORAGE_VOLUME, target: DEEP_STORAGE }
        : { type: 'bind', source: shared, target: DEEP_STORAGE },
    );
  }
  const service: ComposeService = {
    image: answers.images.agent,
    ...pinnedService({
      stack,
      network: NETWORK,
      label: member.label,
      alias: member.service,
      ...resourcesOf(answers.agents, member.role),
    }),
    environment: {
      IMPLY_MANAGER_HOST: managerAddress(answers),
      IMPLY_MANAGER_AGENT_CLUSTER: answers.agents.cluster,
      IMPLY_MANAGER_AGENT_NODE_TYPE: NODE_TYPE[member.role],
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
    const router = portOf('router', answers.tls.enabled);
    service.ports = [
      { target: router, published: publish.router ?? router, mode: 'host' },
      { target: PORTS.pivot.plain, published: publish.pivot, mode: 'host' },
    ];
  }
  return service;
}

/** A directory of the host if one is named, else a volume. */
const storage = (hostPath: string | undefined, volume: string, target: string): VolumeMount =>
  hostPath === undefined ? { type: 'volume', source: volume, target } : { type: 'bind', source: hostPath, target };

/** Embedded MySQL behind the environment contract of the official image. */
export function mysqlService(stack: string, answers: ImplyAnswers): ComposeService {
  return {
    image: answers.images.mysql,
    ...pinnedService({ stack, network: NETWORK, label: STORE_LABEL, alias: MYSQL }),
    // Druid refuses a database that is not UTF.
    command: ['--character-set-server=utf8mb4'],
    environment: { MYSQL_ROOT_PASSWORD_FILE: '/run/secrets/store-password', MYSQL_DATABASE: answers.store.database },
    secrets: [{ source: 'store-password', target: 'store-password', mode: 0o444 }],
    volumes: [{ type: 'volume', source: STORE_VOLUME, target: '/var/lib/mysql' }],
    // Over TCP: the server that runs during initialisation listens on the socket only. An answer without a login is a
    // sign of life.
    healthcheck: {
      test: ['CMD', 'mysqladmin', 'ping', '-h', '127.0.0.1', '--silent'],
      interval: '5s',
      timeout: '5s',
      retries: 12,
      startPeriod: '2m',
    },
    stopGracePeriod: '2m',
  };
}
