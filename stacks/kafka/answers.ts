import * as z from 'zod';
import { APPEND, imageReference, nodes, port, reserve } from '../common/answers.ts';
import { certificates } from '../common/certificates.ts';
import { network, subnetProblem } from '../common/network.ts';

/** The superuser that is made when the cluster is made. Certificates have `CN=` in their names: none is this user. */
export const ADMIN = 'admin';

/** Ids of controllers that are no brokers come after those of all brokers there can be. */
export const MOST_BROKERS = 100;

const isQuorum = (value: number): boolean => [1, 3, 5].includes(value);
const QUORUM =
  'must be 1, 3 or 5: a majority of the controllers must be up, so an even number survives no more losses than one less';

const hostName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    'a host name of lower-case letters, digits, dots and inner hyphens (Java refuses underscores)',
  );

/** A part of names of files and secrets, and of a certificate's subject. */
const userName = z
  .string()
  .max(24)
  .regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and hyphens, a letter first')
  .refine((name) => name !== ADMIN && !/^kafka-/.test(name), 'is the name of the administrator, or may be a broker’s');

export const answers = z
  .strictObject({
    image: imageReference
      .default('apache/kafka:4.4.0')
      .describe('Kafka image: the official one, of Kafka 4, or one with its environment variables and programs.'),
    brokers: z
      .int()
      .min(1)
      .max(MOST_BROKERS)
      .default(3)
      .describe(
        '1, 3 or 5 nodes that are broker and controller: 3 survive the loss of one, 5 of two; decide before the first ' +
          'deploy, the controllers of a cluster never change. With controllers apart: any number, and more later.',
      ),
    nodes: nodes.describe(`Nodes in order: broker 1 on the first, and so on, starting over at the end. ${APPEND}`),
    heapMb: z
      .int()
      .min(128)
      .max(65536)
      .default(1024)
      .describe('Java heap of a broker in MB; at most half of the memory that is reserved for it.'),
    reserve: reserve('0.5', '2G', 'The default suits a trial; what the heap leaves caches the topics.'),
    controllers: z
      .strictObject({
        apart: z
          .boolean()
          .default(false)
          .describe(
            'Controllers are services of their own: a restart of a broker costs no election, and brokers can be ' +
              'added. Decide before the first deploy.',
          ),
        count: z
          .int()
          .refine(isQuorum, QUORUM)
          .default(3)
          .describe('1, 3 or 5 controllers, if they are apart. The controllers of a cluster never change.'),
        nodes: nodes.describe('Nodes in order, as those of the brokers; a controller may share one with a broker.'),
        heapMb: z.int().min(64).max(65536).default(512).describe('Java heap of a controller in MB.'),
        reserve: reserve('0.25', '1G', 'The default suits a trial.'),
      })
      .prefault({})
      .describe('Who keeps the cluster’s metadata (KRaft).'),
    clients: z
      .strictObject({
        login: z
          .enum(['scram', 'plain', 'certificate'])
          .default('scram')
          .describe(
            'How clients log in, through TLS in any case. scram: SCRAM-SHA-512, users are made in the running ' +
              'cluster. plain: passwords of the users below. certificate: certificates of the CA of clients.',
          ),
        users: z
          .array(userName)
          .default([])
          .describe(
            'Users beside admin for whom init makes a password (plain) or a certificate (certificate). Another list ' +
              'of passwords restarts the brokers, one at a time.',
          ),
      })
      .prefault({})
      .describe('Who may use the cluster.'),
    tls: z
      .strictObject({
        ca: z
          .enum(['generate', 'files'])
          .default('generate')
          .describe(
            'The CA of the certificates that clients see. generate: init makes one. files: init takes a certificate ' +
              'and key that you have. Brokers trust each other by another CA, which is always made.',
          ),
        certificates,
      })
      .prefault({})
      .describe('Certificates; all connections use TLS.'),
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
            'Names by which clients outside dial the brokers, one for each broker, in order. They must resolve to ' +
              'the brokers’ nodes; the certificates name them.',
          ),
      })
      .prefault({})
      .describe('Clients outside the stack’s network.'),
    network,
  })
  .superRefine((value, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const { apart, count } = value.controllers;
    if (!apart && !isQuorum(value.brokers)) refuse(['brokers'], `${QUORUM}; any number if they are apart`);
    const brokers = apart ? Math.min(value.brokers, MOST_BROKERS) : Math.min(value.brokers, 5);
    const controllers = apart ? Math.min(count, 5) : 0;
    if (value.nodes.length === 0) refuse(['nodes'], 'names no node');
    if (apart && value.controllers.nodes.length === 0) refuse(['controllers', 'nodes'], 'names no node');
    if (!apart && value.controllers.nodes.length > 0)
      refuse(
        ['controllers', 'nodes'],
        'are named, while the brokers are the controllers: set controllers.apart to true',
      );
    const brokerNodes = new Set(value.nodes.slice(0, brokers));
    const used = new Set([...brokerNodes, ...value.controllers.nodes.slice(0, controllers)]).size;
    const problem = subnetProblem(value.network, { tasks: brokers + controllers, virtualIps: 0, nodes: used });
    if (problem !== undefined) refuse(['network', 'subnet'], problem);
    const { login, users } = value.clients;
    if (login === 'scram' && users.length > 0)
      refuse(
        ['clients', 'users'],
        'are named, while users of SCRAM are made in the running cluster: see its README.md',
      );
    if (new Set(users).size < users.length) refuse(['clients', 'users'], 'names a user twice');
    const { publish, names } = value.external;
    if (!publish) return;
    if (names.length !== brokers)
      return refuse(['external', 'names'], `has ${names.length} names for ${brokers} brokers: name each broker`);
    if (new Set(names).size < names.length)
      refuse(['external', 'names'], 'names two brokers alike: a client must reach each of them by itself');
    if (brokerNodes.size < brokers)
      refuse(
        ['nodes'],
        `${brokers} brokers publish the same port and need a node each; name more nodes, or set external.publish to ` +
          'false',
      );
  });

export type KafkaAnswers = z.output<typeof answers>;

/** How clients log in. */
export type Login = KafkaAnswers['clients']['login'];
