import { clientAddresses } from '../zookeeper/servers.ts';
import { storeEmbedded, zookeeperEmbedded, type ImplyAnswers } from './answers.ts';
import { defaultStorePort } from './answers/store.ts';
import { MYSQL, zookeeperServers } from './members.ts';

/** Host, port and user of the metadata store as manager and agents reach it. */
export function storeAddress(answers: ImplyAnswers): { type: string; host: string; port: number; user: string } {
  const { type, host, port, user } = answers.store;
  // root, as in the vendor's chart: the user must be able to create one database a cluster.
  if (storeEmbedded(answers)) return { type: 'mysql', host: MYSQL, port: 3306, user: 'root' };
  return { type, host: host ?? '', port: port ?? defaultStorePort(type), user: user ?? '' };
}

export function zookeeperHosts(answers: ImplyAnswers): string[] {
  return zookeeperEmbedded(answers) ? clientAddresses(zookeeperServers(answers)) : (answers.zookeeper.hosts ?? []);
}
