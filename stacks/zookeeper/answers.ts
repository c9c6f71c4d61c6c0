import * as z from 'zod';
import { APPEND, imageReference, nodes, port, reserve } from '../common/answers.ts';
import { network, subnetProblem } from '../common/network.ts';
import { serverCount } from './servers.ts';

export const answers = z
  .strictObject({
    image: imageReference
      .default('zookeeper:3.9.5')
      .describe('ZooKeeper image: the official one, or one with its environment variables.'),
    servers: serverCount.default(3).describe('1, 3 or 5 servers. 3 survive the loss of one, 5 of two.'),
    nodes: nodes.describe(`Nodes in order: server 1 on the first, and so on, starting over at the end. ${APPEND}`),
    heapMb: z
      .int()
      .min(64)
      .max(65536)
      .default(512)
      .describe('Java heap of a server in MB; about half of the memory that is reserved for it.'),
    reserve: reserve('0.25', '1G', 'The default suits a trial.'),
    client: z
      .strictObject({
        publish: z
          .boolean()
          .default(false)
          .describe(
            'Open the client port on the servers’ nodes. Without it only services on the stack’s network reach ' +
              'the servers.',
          ),
        port: port.default(2181).describe('The port on the nodes.'),
      })
      .prefault({})
      .describe('Clients outside the stack’s network.'),
    network,
  })
  .superRefine((value, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (value.nodes.length === 0) refuse('nodes', 'names no node');
    const servers = Math.min(value.servers, 5);
    const problem = subnetProblem(value.network, {
      tasks: servers,
      virtualIps: 0,
      nodes: new Set(value.nodes.slice(0, servers)).size,
    });
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['network', 'subnet'], message: problem });
    if (value.client.publish && new Set(value.nodes.slice(0, servers)).size < servers) {
      refuse(
        'nodes',
        `${value.servers} servers publish the same port and need a node each; name more nodes, or set ` +
          'client.publish to false',
      );
    }
  });

export type ZookeeperAnswers = z.output<typeof answers>;
