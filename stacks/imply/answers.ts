import * as z from 'zod';
import { imageReference, nodes, port, reserve } from '../common/answers.ts';
import { isServer, serverCount } from '../zookeeper/servers.ts';

/*
 * The answers of an Imply cluster. Descriptions become comments of bundle.yaml, its JSON Schema and the wizard's help.
 * Facts about the images are cited where they are used (services.ts, expectations.ts).
 */

const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and inner hyphens (Java and certificates reject underscores)');

const host = z.string().min(1).max(253).regex(/^[A-Za-z0-9.:_-]+$/, 'a host name or an IP address');
const duration = z.string().regex(/^([0-9]+h)?([0-9]+m)?([0-9]+s)?$/, 'a duration such as 90s, 10m or 24h').refine((value) => value !== '', 'empty');

const requests = 'The default is what the vendor’s chart requests; real loads need far more.';

/** Of one role. The cross checks below run on refused numbers too: they must not count to them. */
export const MOST_AGENTS = 99;

const agent = (role: string, cpus: string, memory: string, grace: string) => ({
  replicas: z.int().min(1).max(MOST_AGENTS).default(1).describe(`How many ${role} agents.`),
  nodes: nodes.describe(`Nodes for the ${role} agents, in order: agent 1 on the first, and so on, starting over at the end. Append, never reorder: volumes stay where they are.`),
  reserve: reserve(cpus, memory, requests),
  gracePeriod: duration.default(grace).describe('How long a stopping agent may drain before it is killed.'),
});

export const answers = z
  .strictObject({
    images: z
      .strictObject({
        manager: imageReference.default('imply/manager:2023.03.1').describe('Manager image.'),
        agent: imageReference.default('imply/agent:v15').describe('Agent image; its tags are independent of the manager’s.'),
        mysql: imageReference.default('mysql:8.4.11').describe('For the embedded store.'),
        zookeeper: imageReference.default('zookeeper:3.7.1').describe('For the embedded ZooKeeper.'),
      })
      .prefault({})
      .describe('Pinned image references.'),
    tls: z
      .strictObject({
        enabled: z.boolean().default(true).describe('The manager issues certificates from the CA and all connections use TLS.'),
        ca: z.enum(['generate', 'files']).default('generate').describe('generate: init makes a CA. files: init takes a certificate and key that you have.'),
        keyBits: z.int().min(2048).max(4096).default(3072).describe('RSA key size of a generated CA.'),
        days: z.int().min(1).max(36500).default(3650).describe('Validity of a generated CA; replacing it means an outage.'),
      })
      .prefault({}),
    authentication: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Manager and agents share a token; it also turns on Druid’s user authentication.'),
        token: z.enum(['generate', 'file']).default('generate').describe('generate: init makes a token. file: init takes one from a file or standard input.'),
        allowClearText: z.boolean().default(false).describe('Without TLS the token travels in clear over the network. true says that you accept this.'),
      })
      .prefault({}),
    license: z.enum(['trial', 'file']).default('trial').describe('trial: starts without a licence for 30 days. file: init takes the licence key from a file.'),
    secretDelivery: z
      .enum(['file', 'env'])
      .default('file')
      .describe('How the licence and the store password reach the manager. file: as secrets. env: as environment variables, which `docker service inspect` shows to anyone who may use it.'),
    manager: z
      .strictObject({
        hostname: dnsLabel.default('imply-manager').describe('What agents dial, and what the manager’s certificate names.'),
        port: port.default(9097).describe('Published port of the manager’s UI. Its first visitor becomes the super user.'),
        nodes: nodes.describe('The node that runs the manager; there is exactly one manager.'),
        reserve: reserve('0.3', '500M', requests),
      })
      .prefault({}),
    store: z
      .strictObject({
        embedded: z.boolean().optional().describe('true: a MySQL service in this stack. Default: true unless host is given.'),
        nodes: nodes.describe('The node that holds the embedded MySQL and its volume. Default: the manager’s.'),
        type: z.enum(['mysql', 'postgresql']).default('mysql'),
        host: host.optional().describe('An external database server; it must be reachable from the manager and every agent.'),
        port: port.optional().describe('Default: 3306 for mysql, 5432 for postgresql.'),
        user: z.string().min(1).max(80).optional().describe('A user with the right to create databases.'),
        database: z
          .string()
          .max(64)
          .regex(/^[^\s-]+$/, 'no spaces or dashes')
          .default('imply_manager')
          .describe('The manager’s own database: no spaces or dashes.'),
      })
      .prefault({})
      .describe('The metadata store. Its password is a secret, not an answer.'),
    zookeeper: z
      .strictObject({
        embedded: z.boolean().optional().describe('true: ZooKeeper servers in this stack. Default: true unless hosts are given.'),
        servers: serverCount.default(1).describe('1, 3 or 5 embedded servers. 3 survive the loss of one, 5 of two.'),
        nodes: nodes.describe('Nodes of the embedded servers, in order; their volumes stay there. Default for one server: the manager’s. Append, never reorder.'),
        hosts: z
          .array(z.string().regex(/^[A-Za-z0-9._-]+:[0-9]{1,5}$/, 'host:port'))
          .min(1)
          .optional()
          .describe('External servers as host:port.'),
        basePath: z.string().regex(/^\/?[A-Za-z0-9_./-]+$/, 'a ZooKeeper path').default('imply').describe('Where this cluster keeps its nodes.'),
      })
      .prefault({}),
    deepStorage: z
      .strictObject({
        type: z.enum(['local', 's3', 'hdfs', 'azure', 'google']).default('local').describe('Where segments are kept for good; all agents must reach it.'),
        path: z.string().min(1).max(1024).default('/mnt/deep-storage').describe('A path, or an address such as s3://bucket/prefix.'),
        sharedMount: z.string().regex(/^\/[^\s:]*$/, 'an absolute path').optional().describe('local on several nodes: a host directory, the same on each node (NFS …).'),
      })
      .prefault({}),
    agents: z
      .strictObject({
        cluster: z.string().regex(/^[A-Za-z0-9-]+$/).default('default').describe('The cluster that agents join; the manager makes `default` by itself.'),
        master: z.strictObject(agent('master', '0.2', '500M', '5m')).prefault({}),
        query: z
          .strictObject({
            ...agent('query', '0.4', '1200M', '5m'),
            publish: z
              .strictObject({
                enabled: z.boolean().default(true),
                router: port.optional().describe('Default: 9088 with TLS, 8888 without.'),
                pivot: port.default(9095),
              })
              .prefault({})
              .describe('Ports opened on the nodes of the query agents.'),
          })
          .prefault({}),
        data: z.strictObject(agent('data', '0.4', '1300M', '24h')).prefault({}),
      })
      .prefault({}),
    network: z
      .strictObject({ encrypted: z.boolean().default(false).describe('IPsec between nodes; decide before the first deploy, an existing network is never changed.') })
      .prefault({}),
  })
  .superRefine((value, context) => {
    const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (value.authentication.enabled && !value.tls.enabled && !value.authentication.allowClearText) {
      refuse(['authentication', 'allowClearText'], 'without TLS the token travels in clear (HTTP Basic); turn TLS on, or set this to true to accept it');
    }
    const embeddedStore = value.store.embedded ?? value.store.host === undefined;
    if (embeddedStore) {
      for (const key of ['host', 'port', 'user'] as const) {
        if (value.store[key] !== undefined) refuse(['store', key], 'is for an external store; take it out, or set store.embedded to false');
      }
      if (value.store.type !== 'mysql') refuse(['store', 'type'], 'the embedded store is MySQL');
    } else {
      if (value.store.host === undefined) refuse(['store', 'host'], 'is needed for an external store');
      if (value.store.user === undefined) refuse(['store', 'user'], 'is needed for an external store');
    }
    const embeddedZookeeper = value.zookeeper.embedded ?? value.zookeeper.hosts === undefined;
    if (embeddedZookeeper && value.zookeeper.hosts) refuse(['zookeeper', 'hosts'], 'is for an external ZooKeeper; take it out, or set zookeeper.embedded to false');
    if (!embeddedZookeeper && !value.zookeeper.hosts) refuse(['zookeeper', 'hosts'], 'is needed for an external ZooKeeper');
    if (value.manager.nodes.length === 0) refuse(['manager', 'nodes'], 'names no node');
    if (value.manager.nodes.length > 1) refuse(['manager', 'nodes'], 'there is exactly one manager: name one node');
    if (value.store.nodes.length > 1) refuse(['store', 'nodes'], 'name one node');
    const { servers, nodes: zookeeperNodes } = value.zookeeper;
    if (zookeeperNodes.length > servers) refuse(['zookeeper', 'nodes'], servers === 1 ? 'name one node, or raise zookeeper.servers' : `name at most ${servers} nodes, one for each server`);
    if (embeddedZookeeper && servers > 1 && zookeeperNodes.length === 0) refuse(['zookeeper', 'nodes'], `names no node for the ${servers} servers`);
    if (!embeddedZookeeper && servers > 1) refuse(['zookeeper', 'servers'], 'is for embedded servers; take it out');
    const agentNodes = new Set<string>();
    for (const role of ['master', 'query', 'data'] as const) {
      const { nodes: named, replicas } = value.agents[role];
      if (named.length === 0) refuse(['agents', role, 'nodes'], 'names no node');
      for (let index = 0; index < Math.min(replicas, MOST_AGENTS); index++) agentNodes.add(named[index % named.length] ?? '');
      if (role === 'query' && value.agents.query.publish.enabled && named.length > 0 && replicas > new Set(named.slice(0, replicas)).size) {
        refuse(['agents', 'query', 'nodes'], `${replicas} query agents publish the same ports and need a node each; name more nodes, or set agents.query.publish.enabled to false`);
      }
    }
    if (value.deepStorage.type === 'local') {
      if (agentNodes.size > 1 && value.deepStorage.sharedMount === undefined) {
        refuse(['deepStorage', 'sharedMount'], 'is needed: local deep storage wants a directory that all agents’ nodes share; or keep all agents on one node, or set deepStorage.type to s3, hdfs, azure or google');
      }
      if (!/^\/mnt\/deep-storage(\/|$)/.test(value.deepStorage.path)) refuse(['deepStorage', 'path'], 'for local it lies below /mnt/deep-storage, where the shared volume is mounted');
    } else {
      if (value.deepStorage.sharedMount !== undefined) refuse(['deepStorage', 'sharedMount'], 'is for type local');
      if (value.deepStorage.path.startsWith('/mnt/deep-storage')) refuse(['deepStorage', 'path'], `is needed for ${value.deepStorage.type}, for example ${EXAMPLE_PATH[value.deepStorage.type]}`);
    }
    if (value.manager.hostname === 'mysql' || isServer(value.manager.hostname) || /^imply-(master|query|data)-\d+$/.test(value.manager.hostname)) {
      refuse(['manager', 'hostname'], 'is the name of another service of this stack');
    }
  });

const EXAMPLE_PATH = { s3: 's3://bucket/prefix', hdfs: 'hdfs://namenode:8020/druid', azure: 'azure://container/prefix', google: 'gs://bucket/prefix' } as const;

export type ImplyAnswers = z.output<typeof answers>;

export const ROLES = ['master', 'query', 'data'] as const;
export type Role = (typeof ROLES)[number];

/** True where the stack runs its own MySQL. */
export const storeEmbedded = (a: ImplyAnswers): boolean => a.store.embedded ?? a.store.host === undefined;
/** True where the stack runs its own ZooKeeper. */
export const zookeeperEmbedded = (a: ImplyAnswers): boolean => a.zookeeper.embedded ?? a.zookeeper.hosts === undefined;
