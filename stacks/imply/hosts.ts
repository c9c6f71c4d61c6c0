import type { HostNeed } from '../../src/sdk/definition.ts';
import { serverHosts } from '../zookeeper/servers.ts';
import { storeEmbedded, type ImplyAnswers } from './answers.ts';
import { DATA_ROLES } from './answers/roles.ts';
import { MYSQL, members, zookeeperServers } from './members.ts';

const GIB = 2 ** 30;

/** What the vendor's chart sets on the hosts of data agents since 2021.05. */
export const DATA_SYSCTLS = { 'vm.max_map_count': 500_000, 'kernel.threads-max': 999_999 };

/**
 * Disk by the sizes of the chart's volumes: of a data agent /mnt/var 20 GiB and /mnt/tmp 10 GiB, of MySQL 8 GiB; the
 * other agents and the manager have none of a size. Host directories are not Docker's disk.
 */
export function hosts(answers: ImplyAnswers): HostNeed[] {
  const data = DATA_ROLES.flatMap((role): HostNeed[] => {
    const { var: ownVar, tmp: ownTmp } = answers.agents[role].hostPaths;
    const services = members(answers)
      .filter((member) => member.role === role)
      .map(({ service }) => service);
    const volumeBytes = (ownVar === undefined ? 20 * GIB : 0) + (ownTmp === undefined ? 10 * GIB : 0);
    return services.length === 0 ? [] : [{ services, sysctls: DATA_SYSCTLS, volumeBytes }];
  });
  const servers = zookeeperServers(answers);
  return [
    ...data,
    ...(storeEmbedded(answers) ? [{ services: [MYSQL], sysctls: {}, volumeBytes: 8 * GIB }] : []),
    ...(servers.length === 0 ? [] : serverHosts(servers)),
  ];
}
