import type { Notice } from '../../src/sdk/definition.ts';
import type { Server } from './servers.ts';

/** A node whose loss would take the majority along, if several servers share one. */
export function placementNotices(servers: readonly Server[]): Notice[] {
  const majority = Math.floor(servers.length / 2) + 1;
  const nodes = [...new Set(servers.map(({ node }) => node))];
  const fatal =
    servers.length === 1
      ? []
      : nodes.filter((node) => servers.filter((server) => server.node !== node).length < majority);
  return fatal.map((node) => ({
    name: 'zookeeper-nodes',
    level: 'warning',
    text:
      `${servers.filter((server) => server.node === node).length} of ${servers.length} ZooKeeper servers are on ` +
      `${node}: with that node the quorum is lost`,
    hint:
      `name a node for each server; ${servers.length} on ${servers.length} nodes survive the loss of ` +
      `${servers.length - majority}`,
  }));
}
