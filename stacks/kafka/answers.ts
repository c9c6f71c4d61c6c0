import * as z from 'zod';
import { imageReference, nodes, port, reserve } from '../common/answers.ts';
import { network, subnetProblem } from '../common/network.ts';

const hostName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    'a host name of lower-case letters, digits, dots and inner hyphens (Java refuses underscores)',
  );

export const answers = z
  .strictObject({
    image: imageReference
      .default('apache/kafka:4.4.0')
      .describe('Kafka image: the official one, of Kafka 4, or one with its environment variables and programs.'),
    brokers: z
      .int()
      .refine(
        (value) => [1, 3, 5].includes(value),
        'must be 1, 3 or 5: a majority of the controllers must be up, so an even number survives no more losses than ' +
          'one less',
      )
      .default(3)
      .describe(
        '1, 3 or 5 nodes that are broker and controller. 3 survive the loss of one, 5 of two. Decide before the first ' +
          'deploy: the controllers of a cluster never change.',
      ),
    nodes: nodes.describe(
      'Nodes in order: broker 1 on the first, and so on, starting over at the end. Never reorder: volumes stay where ' +
        'they are.',
    ),
    heapMb: z
      .int()
      .min(128)
      .max(65536)
      .default(1024)
      .describe('Java heap of a broker in MB; at most half of the memory that is reserved for it.'),
    reserve: reserve('0.5', '2G', 'The default suits a trial; what the heap leaves caches the topics.'),
    tls: z
      .strictObject({
        ca: z
          .enum(['generate', 'files'])
          .default('generate')
          .describe(
            'The CA of the certificates that clients see. generate: init makes one. files: init takes a certificate ' +
              'and key that you have. Brokers trust each other by another CA, which is always made.',
          ),
      })
      .prefault({}),
    external: z
      .strictObject({
        publish: z
          .boolean()
          .default(false)
          .describe('Open a port on the brokers’ nodes. Without it only services on the stack’s network are clients.'),
        port: port.default(9095).describe('The port on the nodes.'),
        names: z
          .array(hostName)
          .default([])
          .describe(
            'Names by which clients outside dial the brokers, one for each broker, in order. They must resolve to the ' +
              'brokers’ nodes; the certificates name them.',
          ),
      })
      .prefault({}),
    network,
  })
  .superRefine((value, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const brokers = Math.min(value.brokers, 5);
    if (value.nodes.length === 0) refuse(['nodes'], 'names no node');
    const used = new Set(value.nodes.slice(0, brokers)).size;
    const problem = subnetProblem(value.network, { tasks: brokers, virtualIps: 0, nodes: used });
    if (problem !== undefined) refuse(['network', 'subnet'], problem);
    const { publish, names } = value.external;
    if (!publish) return;
    if (names.length !== brokers)
      return refuse(['external', 'names'], `has ${names.length} names for ${brokers} brokers: name each broker`);
    if (new Set(names).size < names.length)
      refuse(['external', 'names'], 'names two brokers alike: a client must reach each of them by itself');
    if (used < brokers)
      refuse(
        ['nodes'],
        `${brokers} brokers publish the same port and need a node each; name more nodes, or set external.publish to ` +
          'false',
      );
  });

export type KafkaAnswers = z.output<typeof answers>;
