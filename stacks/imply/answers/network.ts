import { subnetProblem, type NetworkAnswers } from '../../common/network.ts';
import type * as z from 'zod';
import { agentCount, agentNodes, type agents } from './agents.ts';
import type { manager } from './manager.ts';
import type { Refuse } from './refuse.ts';
import { storeEmbedded, type store } from './store.ts';
import { zookeeperEmbedded, type zookeeper } from './zookeeper.ts';

export { network } from '../../common/network.ts';

interface Cluster {
  manager: z.output<typeof manager>;
  store: z.output<typeof store>;
  zookeeper: z.output<typeof zookeeper>;
  agents: z.output<typeof agents>;
}

/** Every service has its own address but the manager behind an ingress port, which has a virtual one as well. */
export function checkNetwork(value: NetworkAnswers, cluster: Cluster, refuse: Refuse): void {
  const { manager, store, zookeeper, agents } = cluster;
  const servers = zookeeperEmbedded(cluster) ? zookeeper.servers : 0;
  const nodes = new Set([
    ...agentNodes(agents),
    ...manager.nodes,
    ...store.nodes,
    ...zookeeper.nodes.slice(0, servers),
  ]);
  const tasks = 1 + (storeEmbedded(cluster) ? 1 : 0) + servers + agentCount(agents);
  const problem = subnetProblem(value, {
    tasks,
    virtualIps: manager.portMode === 'ingress' ? 1 : 0,
    nodes: nodes.size,
  });
  if (problem !== undefined) refuse(['network', 'subnet'], problem);
}
