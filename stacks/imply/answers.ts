import * as z from 'zod';
import { MOST_AGENTS, agentNodes, agents, checkAgents } from './answers/agents.ts';
import { checkClusterDefaults, clusterDefaults } from './answers/cluster-defaults.ts';
import { checkDeepStorage, deepStorage, s3Properties } from './answers/deep-storage.ts';
import { checkHostPaths } from './answers/host-paths.ts';
import { images } from './answers/images.ts';
import { checkManager, manager } from './answers/manager.ts';
import { checkNetwork, network } from './answers/network.ts';
import type { Refuse } from './answers/refuse.ts';
import { authentication, checkSecurity, license, secretDelivery, tls } from './answers/security.ts';
import { checkStore, store } from './answers/store.ts';
import { checkZookeeper, zookeeper } from './answers/zookeeper.ts';

/*
 * The answers of an Imply cluster, in the order of bundle.yaml. Descriptions become comments of bundle.yaml, its JSON
 * Schema and the wizard's help. Facts about the images are cited where they are used (services.ts, expectations.ts).
 */
export const answers = z
  .strictObject({
    images,
    tls,
    authentication,
    license,
    secretDelivery,
    manager,
    store,
    zookeeper,
    deepStorage,
    agents,
    clusterDefaults,
    network,
  })
  .superRefine((value, context) => {
    const refuse: Refuse = (path, message) => context.addIssue({ code: 'custom', path, message });
    checkSecurity(value, refuse);
    checkStore(value.store, refuse);
    checkZookeeper(value.zookeeper, refuse);
    checkManager(value.manager, refuse);
    checkAgents(value.agents, refuse);
    checkHostPaths(value.agents, value.manager, MOST_AGENTS, refuse);
    checkNetwork(value.network, value, refuse);
    checkDeepStorage(value.deepStorage, agentNodes(value.agents), refuse);
    checkClusterDefaults(value.clusterDefaults, s3Properties(value.deepStorage), refuse);
  });

export type ImplyAnswers = z.output<typeof answers>;

export { ROLES, type Role } from './answers/roles.ts';
export { deepStorageHasKey } from './answers/deep-storage.ts';
export { storeEmbedded } from './answers/store.ts';
export { zookeeperEmbedded } from './answers/zookeeper.ts';
