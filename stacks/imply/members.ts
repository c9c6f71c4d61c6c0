import { serversOn, type Server } from '../zookeeper/servers.ts';
import { agentLabel } from './answers/roles.ts';
import { ROLES, zookeeperEmbedded, type ImplyAnswers, type Role } from './answers.ts';

/** One agent: its service, host name and alias are the same word, so that its identity survives a reschedule. */
export interface Member {
  role: Role;
  /** Service name, for example imply-data-2, or imply-data-tier2-1. */
  service: string;
  /** Role of the node label, for example data-2. */
  label: string;
  node: string;
}

/**
 * The agents in order. Member i of a role is pinned to the i-th named node, starting over at the end: appending nodes
 * and raising a count never moves an existing member as long as there are as many nodes as members.
 */
export function members(answers: ImplyAnswers): Member[] {
  return ROLES.flatMap((role) => {
    const { replicas, nodes } = answers.agents[role];
    return Array.from({ length: replicas }, (_unused, index) => ({
      role,
      service: `imply-${agentLabel(role, index)}`,
      label: agentLabel(role, index),
      node: nodes[index % nodes.length] ?? '',
    }));
  });
}

/** The manager's service name on the stack's network, whatever its host name. */
export const MANAGER = 'imply-manager';
/**
 * What agents dial, and what the manager's certificate names. Behind an ingress port the manager has a virtual IP,
 * which drops connections that are idle for 900 s; `tasks.` before the name gives the task's own address (moby/moby,
 * daemon/libnetwork).
 */
export const managerAddress = ({ manager }: ImplyAnswers): string =>
  manager.portMode === 'ingress' ? `tasks.${manager.hostname}` : manager.hostname;

export const MYSQL = 'mysql';
/** Role of the node label of its node. */
export const STORE_LABEL = 'store';

export const managerNode = (answers: ImplyAnswers): string => answers.manager.nodes[0] ?? '';
export const storeNode = (answers: ImplyAnswers): string => answers.store.nodes[0] ?? managerNode(answers);
/** The embedded ZooKeeper servers; none if an external ensemble is used. */
export function zookeeperServers(answers: ImplyAnswers): Server[] {
  const { servers, nodes } = answers.zookeeper;
  return zookeeperEmbedded(answers) ? serversOn(servers, nodes.length === 0 ? [managerNode(answers)] : nodes) : [];
}
