import type { Access } from '../../src/sdk/definition.ts';
import type { ZookeeperAnswers } from './answers.ts';
import { clientAddresses, type Server } from './servers.ts';

/** What clients are given to connect with, in the swarm and outside. */
export function access({ client }: ZookeeperAnswers, servers: readonly Server[]): Access {
  return {
    ways: [
      { title: 'in the swarm', url: clientAddresses(servers).join() },
      ...(client.publish
        ? [{ title: 'outside', url: servers.map(({ node }) => `${node}:${client.port}`).join() }]
        : []),
    ],
    trust: [],
    risks: ['No password and no TLS: whoever reaches a server can read and write everything.'],
    first: [],
  };
}
