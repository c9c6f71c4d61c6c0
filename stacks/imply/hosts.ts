import type { HostNeed } from '../definition.ts';
import { serverHosts } from '../zookeeper/servers.ts';
import { storeEmbedded, type ImplyAnswers } from './answers.ts';
import { MYSQL, members, zookeeperServers } from './members.ts';

const GIB = 2 ** 30;

/** What the vendor's chart sets on the hosts of data agents since 2021.05. */
export const DATA_SYSCTLS = { 'vm.max_map_count': 500_000, 'kernel.threads-max': 999_999 };

/** Disk by the sizes of the chart's volumes: of a data agent /mnt/var 20 GiB and /mnt/tmp 10 GiB, of MySQL 8 GiB; the other agents and the manager have none of a size. */
export function hosts(answers: ImplyAnswers): HostNeed[] {
  const data = members(answers).filter(({ role }) => role === 'data');
  const servers = zookeeperServers(answers);
  return [
    { services: data.map(({ service }) => service), sysctls: DATA_SYSCTLS, volumeBytes: 30 * GIB },
    ...(storeEmbedded(answers) ? [{ services: [MYSQL], sysctls: {}, volumeBytes: 8 * GIB }] : []),
    ...(servers.length === 0 ? [] : serverHosts(servers)),
  ];
}
