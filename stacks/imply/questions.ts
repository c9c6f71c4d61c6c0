import { kinds } from '../../secrets/index.ts';
import { pickNodes } from '../common/pick-nodes.ts';
import type { Question, QuestionContext } from '../definition.ts';
import { MOST_AGENTS } from './answers.ts';

const on = (path: string, byDefault: unknown) => (context: QuestionContext) => (context.get(path) ?? byDefault) === true;
const is = (path: string, value: unknown, byDefault?: unknown) => (context: QuestionContext) => (context.get(path) ?? byDefault) === value;
const storeExternal = is('store.embedded', false);
const zookeeperExternal = is('zookeeper.embedded', false);

/** The wizard's questions for an Imply cluster, in order. Defaults not given here are those of the schema. */
export const questions: Question[] = [
  { path: 'images.manager', ask: 'text', message: 'Manager image', help: 'Reference with a pinned tag, as your nodes can pull it. The default is the newest tag seen in the vendor’s chart.' },
  { path: 'images.agent', ask: 'text', message: 'Agent image', help: 'Its tags are independent of the manager’s. The default is the one the chart pairs with the default manager.' },

  { path: 'tls.enabled', ask: 'confirm', message: 'Turn TLS on?', help: 'The manager issues certificates from a CA of its own. Default yes; without it everything, passwords too, travels in clear.' },
  {
    path: 'tls.ca', ask: 'select', message: 'Certificate authority', help: 'Default: a new one is made for this cluster only.', when: on('tls.enabled', true),
    choices: [
      { value: 'generate', name: 'make a new CA', description: 'RSA 3072, ten years' },
      { value: 'files', name: 'take certificate and key from files', description: 'checked as a pair' },
    ],
  },
  { path: 'secretFiles.caCertificate', ask: 'file', secret: { kind: kinds.certificateAuthority, part: 'certificate' }, message: 'File with the CA certificate (PEM)', help: 'The signing certificate alone, no chain.', implies: { 'tls.ca': 'files' }, when: (c) => on('tls.enabled', true)(c) && is('tls.ca', 'files')(c) },
  { path: 'secretFiles.caKey', ask: 'file', secret: { kind: kinds.certificateAuthority, part: 'key' }, message: 'File with the CA key (PEM, unencrypted)', help: 'It becomes a Docker secret that only the manager mounts.', implies: { 'tls.ca': 'files' }, when: (c) => on('tls.enabled', true)(c) && is('tls.ca', 'files')(c) },

  { path: 'authentication.enabled', ask: 'confirm', message: 'Turn authentication on?', help: 'Agents show the manager a shared token; it also turns on Druid’s user authentication. Default yes.' },
  {
    path: 'authentication.allowClearText', ask: 'confirm', message: 'Without TLS the token travels in clear. Accept that?', help: 'Default no: then turn TLS on, or authentication off.',
    when: (c) => on('authentication.enabled', true)(c) && c.get('tls.enabled') === false,
    validate: (value) => (value === true ? undefined : 'answer yes, or start again with TLS on or authentication off'),
  },
  {
    path: 'authentication.token', ask: 'select', message: 'Authentication token', help: 'Default: 32 random bytes.', when: on('authentication.enabled', true),
    choices: [
      { value: 'generate', name: 'make a new token' },
      { value: 'file', name: 'take it from a file or standard input' },
    ],
  },
  { path: 'secretFiles.authToken', ask: 'file', secret: { kind: kinds.authToken, part: 'token' }, message: 'File with the token (one line)', help: 'Printable ASCII, at least 16 characters.', oneLine: true, implies: { 'authentication.token': 'file' }, when: (c) => on('authentication.enabled', true)(c) && is('authentication.token', 'file')(c) },

  {
    path: 'license', ask: 'select', message: 'Licence', help: 'Default: none, which starts a 30-day trial.',
    choices: [
      { value: 'trial', name: 'none: a 30-day trial' },
      { value: 'file', name: 'take the licence key from a file' },
    ],
  },
  { path: 'secretFiles.license', ask: 'file', secret: { kind: kinds.licence, part: 'licence' }, message: 'File with the licence key', help: 'Text, one line or several.', implies: { license: 'file' }, when: is('license', 'file') },

  { path: 'manager.nodes', ask: 'nodes', single: true, message: 'Node for the manager', help: 'Exactly one. It holds the CA’s key while the manager runs. Default: the first manager node that takes tasks.', default: (c) => pickNodes(c, 1), validate: exactlyOne },
  { path: 'manager.port', ask: 'number', message: 'Port of the manager’s UI on that node', help: 'Default 9097. Its FIRST VISITOR becomes the super user: log in at once, or keep the port closed.' },

  { path: 'store.embedded', ask: 'confirm', message: 'Run a MySQL for the metadata in this stack?', help: 'Default yes; on its own node and volume, without failover. Answer no for a database server that you have.', default: (c) => c.get('store.host') === undefined },
  { path: 'images.mysql', ask: 'text', message: 'MySQL image', help: 'MySQL 5.7.21 or later; MariaDB is not supported by the vendor.', when: (c) => !storeExternal(c) },
  {
    path: 'store.type', ask: 'select', message: 'Kind of database', help: 'Default MySQL; PostgreSQL only with later images.', when: storeExternal,
    choices: [{ value: 'mysql', name: 'MySQL 5.7.21 or later' }, { value: 'postgresql', name: 'PostgreSQL' }],
  },
  { path: 'store.host', ask: 'text', message: 'Database host', help: 'Reachable from the manager and from every agent.', when: storeExternal },
  { path: 'store.port', ask: 'number', message: 'Database port', help: 'Default 3306 for MySQL, 5432 for PostgreSQL.', when: storeExternal, default: (c) => (c.get('store.type') === 'postgresql' ? 5432 : 3306) },
  { path: 'store.user', ask: 'text', message: 'Database user', help: 'With the right to create databases: one for the manager and one a cluster.', when: storeExternal },
  { path: 'store.database', ask: 'text', message: 'Database name', help: 'No spaces or dashes. Default imply_manager.' },
  { path: 'secretFiles.storePassword', ask: 'file', secret: { kind: kinds.password, part: 'password' }, message: 'File with the database password', help: 'One line. It becomes a Docker secret.', oneLine: true, when: storeExternal },

  { path: 'zookeeper.embedded', ask: 'confirm', message: 'Run a ZooKeeper in this stack?', help: 'Default yes. Answer no for an ensemble that you have.', default: (c) => c.get('zookeeper.hosts') === undefined },
  { path: 'images.zookeeper', ask: 'text', message: 'ZooKeeper image', help: 'The vendor names the 3.5 to 3.7 line.', when: (c) => !zookeeperExternal(c) },
  { path: 'zookeeper.servers', ask: 'number', message: 'How many ZooKeeper servers?', help: 'Default 1, without failover; 3 survive the loss of one, 5 of two.', when: (c) => !zookeeperExternal(c) },
  { path: 'zookeeper.nodes', ask: 'nodes', message: 'Nodes for the ZooKeeper servers', help: 'Server 1 on the first, and so on; their volumes live there. Default: spread over the nodes that take tasks.', when: (c) => !zookeeperExternal(c) && zookeeperCount(c) > 1, default: (c) => pickNodes(c, zookeeperCount(c)) },
  { path: 'zookeeper.hosts', ask: 'text', message: 'ZooKeeper servers', help: 'host:port, several with commas.', when: zookeeperExternal },
  { path: 'zookeeper.basePath', ask: 'text', message: 'Base path in ZooKeeper', help: 'Default imply; give each cluster its own on a shared ensemble.', when: zookeeperExternal },

  { path: 'agents.master.replicas', ask: 'number', message: 'Master agents', help: 'Default 1; three for high availability.' },
  { path: 'agents.master.nodes', ask: 'nodes', message: 'Nodes for the master agents', help: 'Agent 1 on the first, and so on. Default: spread over the nodes that take tasks.', default: (c) => pickNodes(c, count(c, 'master'), 0) },
  { path: 'agents.query.replicas', ask: 'number', message: 'Query agents', help: 'Default 1. Each publishes the router and Pivot on its node.' },
  { path: 'agents.query.nodes', ask: 'nodes', message: 'Nodes for the query agents', help: 'One node each. Default: spread over the nodes that take tasks.', default: (c) => pickNodes(c, count(c, 'query'), 1) },
  { path: 'agents.data.replicas', ask: 'number', message: 'Data agents', help: 'Default 1; two or more keep data available when one restarts.' },
  { path: 'agents.data.nodes', ask: 'nodes', message: 'Nodes for the data agents', help: 'imply-data-1 on the first, and so on; their volumes live there. Default: spread over the nodes that take tasks.', default: (c) => pickNodes(c, count(c, 'data'), 1) },

  {
    path: 'deepStorage.type', ask: 'select', message: 'Deep storage', help: 'Where segments are kept for good. Default local, which suits one node or a shared mount.',
    choices: [
      { value: 'local', name: 'local directory or shared mount' },
      { value: 's3', name: 'S3 or compatible' },
      { value: 'hdfs', name: 'HDFS' },
      { value: 'azure', name: 'Azure' },
      { value: 'google', name: 'Google Cloud Storage' },
    ],
  },
  { path: 'deepStorage.path', ask: 'text', message: 'Path in deep storage', help: 'For example s3://bucket/prefix. Credentials are not asked here: the agents take them from their hosts’ role.', when: (c) => (c.get('deepStorage.type') ?? 'local') !== 'local' },
  {
    path: 'deepStorage.sharedMount', ask: 'text', message: 'Host directory shared by all nodes', help: 'An absolute path such as an NFS mount, the same on each agent’s node.',
    when: (c) => (c.get('deepStorage.type') ?? 'local') === 'local' && agentNodes(c) > 1,
  },
];

function count(context: QuestionContext, role: string): number {
  const value = context.get(`agents.${role}.replicas`);
  return typeof value === 'number' ? Math.min(value, MOST_AGENTS) : 1;
}

function zookeeperCount(context: QuestionContext): number {
  const value = context.get('zookeeper.servers');
  return typeof value === 'number' ? Math.min(value, 5) : 1;
}

function exactlyOne(value: unknown): string | undefined {
  return Array.isArray(value) && value.length === 1 ? undefined : 'name exactly one node';
}

/** How many different nodes the agents are spread over. */
function agentNodes(context: QuestionContext): number {
  const named = ['master', 'query', 'data'].flatMap((role) => {
    const nodes = context.get(`agents.${role}.nodes`);
    return Array.isArray(nodes) ? (nodes as unknown[]).slice(0, count(context, role)) : [];
  });
  return new Set(named).size;
}
