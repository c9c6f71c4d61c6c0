import type { External, OwnPlace } from '../../src/sdk/definition.ts';
import { parseHostPort } from '../../src/sdk/helpers.ts';
import { tcpServer } from '../../src/sdk/tcp-server.ts';
import { databaseExternal } from '../common/database/external.ts';
import type { DatabaseServer, Dialect } from '../common/database/server.ts';
import { mysql } from '../mysql/dialect.ts';
import { postgresql } from '../postgresql/dialect.ts';
import { zookeeperExternal, type OutsideEnsemble } from '../zookeeper/external.ts';
import { storeEmbedded, zookeeperEmbedded, type ImplyAnswers } from './answers.ts';
import { storeAddress, zookeeperHosts } from './addresses.ts';
import { MANAGER } from './members.ts';

/** Both are dialled by the manager and by every agent: their addresses are in the defaults of each cluster [D33]. */
const CLIENTS = 'the manager and every agent';

/** Those of the manager that name its database. */
export const STORE_VARIABLES = ['HOST', 'PORT', 'DATABASE'].map((name) => `IMPLY_MANAGER_STORE_${name}`);

/** Servers outside the swarm. */
export function externals(answers: ImplyAnswers): External[] {
  const outside = storeEmbedded(answers) ? undefined : storeServer(answers);
  return [
    ...(outside ? [databaseExternal(outside.server, outside.dialect)] : []),
    ...(zookeeperEmbedded(answers) ? [] : [zookeeperExternal(ensemble(answers))]),
    ...(answers.deepStorage.s3.endpoint === undefined ? [] : [objectStore(answers.deepStorage.s3.endpoint)]),
  ];
}

/**
 * Inferred: managers with one database, or clusters with one path in ZooKeeper, take each other's agents for their own.
 */
export function ownPlaces(answers: ImplyAnswers): OwnPlace[] {
  const zookeeper = ['zkHosts', 'zkBasePath'].map((name) => `imply_defaults_${name}`);
  const service = MANAGER;
  return [
    ...(storeEmbedded(answers)
      ? []
      : [{ what: 'the manager’s database', service, variables: STORE_VARIABLES, answer: 'store.database' }]),
    ...(zookeeperEmbedded(answers)
      ? []
      : [{ what: 'the path in ZooKeeper', service, variables: zookeeper, answer: 'zookeeper.basePath' }]),
  ];
}

/**
 * MySQL from 5.7.21 on, no MariaDB; a default character set that Druid takes; databases made by the software if its
 * user may [D33, DLIN].
 */
export function storeServer(answers: ImplyAnswers): { server: DatabaseServer; dialect: Dialect } {
  const { type, host, port, user } = storeAddress(answers);
  const server = {
    what: 'store',
    clients: CLIENTS,
    host,
    port,
    user,
    password: { secret: 'store-password', part: 'password' },
    passwordInput: 'storePassword',
    ...(answers.store.tls.ca === 'file' ? { authority: { secret: 'store-ca', part: 'certificates' } } : {}),
    database: answers.store.database,
    furtherDatabases: 'one for each cluster',
  };
  return type === 'postgresql'
    ? { server: { ...server, excluded: [], characterSet: 'UTF8' }, dialect: postgresql }
    : { server: { ...server, oldest: '5.7.21', excluded: ['MariaDB'], characterSet: 'utf8mb4' }, dialect: mysql };
}

/** 3.5 is named by the vendor, the chart has up to 3.7, and 3.8 was seen in use [DLIN, H2303, F1]. */
function ensemble(answers: ImplyAnswers): OutsideEnsemble {
  const servers = zookeeperHosts(answers).map((server) => {
    const { at, why } = parseHostPort(server);
    if (at === undefined) throw new Error(`${server}: ${why}`);
    return at;
  });
  return { what: 'zookeeper', clients: CLIENTS, servers, versions: { first: '3.5', last: '3.8' } };
}

function objectStore(endpoint: string): External {
  const { protocol, hostname, port } = new URL(endpoint);
  return tcpServer({
    what: 'deep storage',
    clients: 'every agent',
    host: hostname,
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  });
}
