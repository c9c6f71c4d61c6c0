import * as z from 'zod';
import { amounts, nodes, port, reserve } from '../../common/answers.ts';
import { isServer } from '../../zookeeper/servers.ts';
import { agentList } from './agent-list.ts';
import { dnsLabel } from './fields.ts';
import { varPath } from './host-paths.ts';
import type { Refuse } from './refuse.ts';
import { isAgent } from './roles.ts';
import { belowReservation } from './sizes.ts';

export const manager = z
  .strictObject({
    hostname: dnsLabel.default('imply-manager').describe('What agents dial, and what the manager’s certificate names.'),
    port: port.default(9097).describe('Published port of the manager’s UI. Its first visitor becomes the super user.'),
    portMode: z
      .enum(['host', 'ingress'])
      .default('host')
      .describe(
        'host: open on the manager’s node only. ingress: open on every node of the swarm, and the manager sees ' +
          'no client addresses; agents then dial tasks.<hostname>.',
      ),
    nodes: nodes.describe('The node that runs the manager; there is exactly one manager.'),
    reserve: reserve('0.3', '500M', 'The default is what the vendor’s chart requests; real loads need far more.'),
    limit: amounts('What it may use at most. Default: no limit.'),
    hostPaths: varPath,
    agentList,
  })
  .prefault({})
  .describe('Imply Manager: it configures the agents, and serves the UI.');

export function checkManager(value: z.output<typeof manager>, refuse: Refuse): void {
  if (value.nodes.length === 0) refuse(['manager', 'nodes'], 'names no node');
  if (value.nodes.length > 1) refuse(['manager', 'nodes'], 'there is exactly one manager: name one node');
  if (value.hostname === 'mysql' || isServer(value.hostname) || isAgent(value.hostname)) {
    refuse(['manager', 'hostname'], 'is the name of another service of this stack');
  }
  for (const key of belowReservation(value.reserve, value.limit))
    refuse(
      ['manager', 'limit', key],
      `is below the ${value.reserve[key]} that are reserved; raise it, or lower manager.reserve.${key}`,
    );
}
