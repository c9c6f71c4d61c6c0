import type { CommentedDocument, ComposeService } from '../../src/sdk/compose.ts';
import { overlay } from '../common/network.ts';
import type {
  Notice,
  RunbookSection,
  ServiceExpectation,
  StackDefinition,
  StackPlan,
} from '../../src/sdk/definition.ts';
import { access } from './access.ts';
import { answers, type ZookeeperAnswers } from './answers.ts';
import { zookeeperEnsemble } from './ensemble.ts';
import { heapNotice } from '../common/heap.ts';
import { nodeRestart } from '../common/node-restart.ts';
import { otherImageNotices, pinnedNotice } from '../common/other-images.ts';
import { OFFICIAL_ZOOKEEPER, OTHER_ZOOKEEPERS } from './images.ts';
import { placementNotices } from './notices.ts';
import { questions } from './questions.ts';
import { serversRunbook } from './runbook.ts';
import {
  CLIENT_PORT,
  SERVER_GRACE,
  clientAddresses,
  serverHosts,
  serverListens,
  serverService,
  serversOn,
  type Server,
} from './servers.ts';

const NETWORK = 'zookeeper';

/** A ZooKeeper ensemble on its own. What is known of the image: README.md beside this file. */
export const zookeeper: StackDefinition<ZookeeperAnswers> = {
  name: 'zookeeper',
  title: 'Apache ZooKeeper',
  answers,
  questions,
  decisions: ['image', 'servers', 'nodes'],
  caution: 'It has no password and no TLS: whoever reaches its ports can read and write everything.',
  plan(name, given): StackPlan {
    const servers = serversOn(given.servers, given.nodes);
    return {
      secrets: [],
      placements: servers.map((server) => ({ role: server.name, nodes: [server.node], services: [server.name] })),
      wrappedImages: [],
      ensembles: [zookeeperEnsemble(servers, NETWORK)],
      rolling: [],
      rollingBack: [],
      together: [],
      document: () => document(name, given, servers),
      expectations: servers.map((server) => expectation(server, servers.length, given.client.publish)),
      hosts: serverHosts(servers),
      listens: Object.fromEntries(servers.map(({ name: server }) => [server, serverListens(servers.length)])),
      externals: [],
      notices: notices(given, servers),
      access: access(given, servers),
      runbook: () => [
        clientsRunbook(name, given, servers),
        serversRunbook(name, servers),
        restartRunbook(servers.length),
      ],
      environment: {},
    };
  },
};

const restartRunbook = (servers: number): RunbookSection =>
  nodeRestart({
    harm: 'A server that needs more is killed.',
    before:
      servers === 1
        ? 'clients wait until the server is back'
        : 'one server leads, and more than half of them must be on other nodes',
    longest: SERVER_GRACE,
  });

function document(stack: string, given: ZookeeperAnswers, servers: readonly Server[]): CommentedDocument {
  const { image, reserve, heapMb, client, network } = given;
  const options = {
    stack,
    network: NETWORK,
    image,
    reserve,
    heapMb,
    ...(client.publish ? { publish: client.port } : {}),
  };
  const services: Record<string, ComposeService> = Object.fromEntries(
    servers.map((server) => [server.name, serverService(server, servers, options)]),
  );
  const volumes = Object.values(services).flatMap((service) => (service.volumes ?? []).map(({ source }) => source));
  return {
    document: {
      services,
      networks: { [NETWORK]: overlay(network) },
      volumes: Object.fromEntries(volumes.map((volume) => [volume, {}])),
      secrets: {},
    },
    heading: ['ZooKeeper on Docker Swarm.'],
    comments: {
      [`networks.${NETWORK}`]: `services of other stacks join it as the external network ${stack}_${NETWORK}`,
      'services.zookeeper-1':
        'one service for each server; its health check says that it lives, not that it is part of a quorum',
    },
  };
}

/**
 * Both are printed by every version from 3.4 to 3.9 at the level INFO, which the official image and Debian's log to the
 * console.
 */
function expectation({ name }: Server, count: number, published: boolean): ServiceExpectation {
  /*
   * It logs each question of its health check (server/NIOServerCnxn: "Processing ruok command from", INFO), every 5 s:
   * in some weeks the log has turned over. Of several servers `quorum` passes only if each serves at its port, and one
   * leads and all others follow; that of a single one is not asked, and its task runs as long as its health check, a
   * question at that port, is answered.
   */
  const serves = count > 1 ? 'quorum' : published ? 'client-port' : 'running';
  const listening = {
    name: 'Listening',
    contains: 'binding to port',
    provenBy: { check: serves, why: 'it answers at its port, so it has bound it' },
  };
  // Of a leader and of a follower alike: "LEADING - LEADER ELECTION TOOK", "FOLLOWING - LEADER ELECTION TOOK".
  const elected = {
    name: 'Election',
    contains: ' - LEADER ELECTION TOOK',
    provenBy: { check: 'quorum', why: 'who leads, or follows a leader, took part in an election' },
  };
  const logs = count === 1 ? [listening] : [listening, elected];
  // Where it is not published, the question for a quorum asks it inside.
  const endpoints = published
    ? [
        {
          kind: 'tcp' as const,
          name: 'client-port',
          port: CLIENT_PORT,
          greeting: { send: 'srvr', contains: ['Mode: leader', 'Mode: follower', 'Mode: standalone'] },
        },
      ]
    : [];
  return { service: name, logs, withinSeconds: 120, startGraceSeconds: 60, needs: [], forbiddenSecrets: [], endpoints };
}

function notices({ client, image, heapMb, reserve }: ZookeeperAnswers, servers: readonly Server[]): Notice[] {
  const reach = client.publish ? `port ${client.port} of the servers’ nodes` : 'the stack’s network';
  return [
    {
      name: 'no-authentication',
      level: client.publish ? 'warning' : 'info',
      text:
        `the servers ask for no password and speak without TLS: whoever reaches ${reach} can read and write ` +
        'everything',
    },
    ...(servers.length === 1
      ? [{ name: 'one-server', level: 'info', text: 'one server has no failover', hint: 'set servers to 3' } as const]
      : []),
    ...heapNotice(heapMb, reserve.memory, { heap: 'heapMb', reserve: 'reserve.memory' }),
    ...pinnedNotice('image', image),
    ...otherImageNotices('image', image, OFFICIAL_ZOOKEEPER, OTHER_ZOOKEEPERS),
    ...placementNotices(servers),
  ];
}

function clientsRunbook(stack: string, { client }: ZookeeperAnswers, servers: readonly Server[]): RunbookSection {
  const outside = servers.map(({ node }) => `${node}:${client.port}`).join(',');
  const withStack = clientAddresses(servers.map((server) => ({ name: `${stack}_${server.name}` }))).join(',');
  return {
    title: 'How clients connect',
    markdown: [
      `- Services of this swarm: attach them to the network \`${stack}_${NETWORK}\` (in a stack file: ` +
        `\`external: true\`, \`name: ${stack}_${NETWORK}\`) and give them ` +
        `\`${clientAddresses(servers).join(',')}\`: every server, so that the client moves on when one restarts.`,
      '- A service that is attached to the networks of two stacks with such servers (Imply has its own) finds only one ' +
        `of them under these names. Give it those with the stack’s: \`${withStack}\`.`,
      ...(client.publish
        ? [`- From outside: \`${outside}\`. Keep the port closed to all others: there is no password.`]
        : []),
    ].join('\n'),
  };
}
