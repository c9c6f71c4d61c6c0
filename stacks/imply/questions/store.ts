import { kinds } from '../../../secrets/index.ts';
import { pickNodes } from '../../common/pick-nodes.ts';
import type { Question } from '../../../src/sdk/definition.ts';
import { ONESELF, isOneself } from '../answers/fields.ts';
import { defaultStorePort } from '../answers/store.ts';
import { is } from './conditions.ts';
import { placed } from './nodes.ts';

const storeExternal = is('store.embedded', false);

export const storeQuestions: Question[] = [
  {
    path: 'store.embedded',
    ask: 'confirm',
    message: 'Run a MySQL for the metadata in this stack?',
    help: 'Default yes; on its own node and volume, without failover. Answer no for a database server that you have.',
    default: (c) => c.get('store.host') === undefined,
  },
  {
    path: 'images.mysql',
    ask: 'image',
    message: 'MySQL image',
    help: 'MySQL 5.7.21 or later; MariaDB is not supported by the vendor.',
    when: (c) => !storeExternal(c),
  },
  {
    path: 'store.type',
    ask: 'select',
    message: 'Kind of database',
    help: 'Default MySQL; PostgreSQL only with later images.',
    when: storeExternal,
    choices: [
      { value: 'mysql', name: 'MySQL 5.7.21 or later' },
      { value: 'postgresql', name: 'PostgreSQL' },
    ],
  },
  {
    path: 'store.host',
    ask: 'text',
    message: 'Database host',
    help: 'Reachable from the manager and from every agent.',
    when: storeExternal,
    validate: (value) => (typeof value === 'string' && isOneself(value) ? `${value} ${ONESELF}` : undefined),
  },
  {
    path: 'store.port',
    ask: 'number',
    message: 'Database port',
    help: 'Default 3306 for MySQL, 5432 for PostgreSQL.',
    when: storeExternal,
    default: (c) => defaultStorePort(c.get('store.type')),
    derived: true,
  },
  {
    path: 'store.user',
    ask: 'text',
    message: 'Database user',
    help: 'With the right to create databases: one for the manager and one a cluster.',
    when: storeExternal,
  },
  {
    path: 'store.database',
    ask: 'text',
    message: 'Database name',
    help: 'No spaces or dashes. Default imply_manager.',
  },
  {
    path: 'secretFiles.storePassword',
    ask: 'file',
    secret: { kind: kinds.password, part: 'password' },
    message: 'File with the database password',
    help: 'One line. It becomes a Docker secret.',
    oneLine: 'Type the database password',
    when: storeExternal,
  },
  {
    path: 'store.tls.ca',
    ask: 'select',
    message: 'Certificate of the authority that signed the database server’s',
    help: 'Later managers verify the server’s certificate by default. Default: none is given to them.',
    when: storeExternal,
    choices: [
      { value: 'none', name: 'none: the server’s is trusted anyway, or not verified' },
      { value: 'file', name: 'take it from a file' },
    ],
  },
  {
    path: 'secretFiles.storeCa',
    ask: 'file',
    secret: { kind: kinds.authorityCertificates, part: 'certificates' },
    message: 'File with the authority’s certificate (PEM)',
    help: 'One or several, without a key.',
    implies: { 'store.tls.ca': 'file' },
    when: (c) => storeExternal(c) && is('store.tls.ca', 'file')(c),
  },
];

/** Asked last of all nodes: the store goes where the manager and the agents leave most room. */
export const storeNodesQuestion: Question = {
  path: 'store.nodes',
  ask: 'nodes',
  single: true,
  optional: true,
  message: 'Node for the MySQL',
  help: 'Exactly one; its volume lives there.',
  byDefault: 'Default: the node that carries least.',
  when: (c) => !storeExternal(c),
  // Left out for the manager's node, which is what the schema takes.
  default: (c) => {
    const found = pickNodes(c, 1, placed(c));
    const manager = c.get('manager.nodes');
    return found?.[0] === (Array.isArray(manager) ? manager[0] : undefined) ? undefined : found;
  },
};
