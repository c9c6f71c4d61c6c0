import * as z from 'zod';
import { formatHostPort, parseHostPort } from '../../../src/sdk/helpers.ts';
import { APPEND, nodes } from '../../common/answers.ts';
import { serverCount } from '../../zookeeper/servers.ts';
import { ONESELF, isOneself } from './fields.ts';
import type { Refuse } from './refuse.ts';

export const zookeeper = z
  .strictObject({
    embedded: z
      .boolean()
      .optional()
      .describe('true: ZooKeeper servers in this stack. Default: true unless hosts are given.'),
    servers: serverCount.default(1).describe('1, 3 or 5 embedded servers. 3 survive the loss of one, 5 of two.'),
    nodes: nodes.describe(`Nodes of the embedded servers, in order. Default for one server: the manager’s. ${APPEND}`),
    hosts: z
      .array(
        z.string().superRefine((server, context) => {
          const why = serverFault(server);
          if (why !== undefined) context.addIssue({ code: 'custom', message: `is no host:port: ${why}` });
        }),
      )
      .min(1)
      .optional()
      .describe('External servers as host:port; an IPv6 address in brackets.'),
    basePath: z
      .string()
      .regex(
        /^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/,
        'a ZooKeeper path: names of letters, digits, dots, hyphens and underscores with a slash between them, ' +
          'and none at the end',
      )
      .refine(
        (path) => !path.split('/').some((name) => name === '.' || name === '..'),
        'ZooKeeper takes no . and no .. in a path',
      )
      .refine((path) => !/^\/?zookeeper(\/|$)/.test(path), 'ZooKeeper keeps /zookeeper for itself')
      .default('imply')
      .describe('Where this cluster keeps its nodes.'),
  })
  .prefault({})
  .describe('The ZooKeeper ensemble by which the agents find each other.');

type Zookeeper = z.output<typeof zookeeper>;

/** True if the stack runs its own ZooKeeper. */
export const zookeeperEmbedded = (a: { zookeeper: Zookeeper }): boolean =>
  a.zookeeper.embedded ?? a.zookeeper.hosts === undefined;

export function checkZookeeper(value: Zookeeper, refuse: Refuse): void {
  const embedded = zookeeperEmbedded({ zookeeper: value });
  if (embedded && value.hosts)
    refuse(['zookeeper', 'hosts'], 'is for an external ZooKeeper; take it out, or set zookeeper.embedded to false');
  if (!embedded && !value.hosts) refuse(['zookeeper', 'hosts'], 'is needed for an external ZooKeeper');
  if (!embedded) checkHosts(value.hosts ?? [], refuse);
  const { servers, nodes: named } = value;
  if (named.length > servers)
    refuse(
      ['zookeeper', 'nodes'],
      servers === 1
        ? 'name one node, or raise zookeeper.servers'
        : `name at most ${servers} nodes, one for each server`,
    );
  if (embedded && servers > 1 && named.length === 0)
    refuse(['zookeeper', 'nodes'], `names no node for the ${servers} servers`);
  if (!embedded && servers > 1) refuse(['zookeeper', 'servers'], 'is for embedded servers; take it out');
}

/** A client's connection string ends with a path for all servers, which this answer file keeps apart. */
function serverFault(server: string): string | undefined {
  const [, address = '', path = ''] = /^([^/]*)\/+(.*?)\/*$/.exec(server) ?? [];
  const { at } = parseHostPort(address);
  if (at !== undefined)
    return `write ${formatHostPort(at)}${path === '' ? '' : `, and the path as zookeeper.basePath: ${path}`}`;
  return parseHostPort(server).why;
}

function checkHosts(hosts: readonly string[], refuse: Refuse): void {
  for (const [index, server] of hosts.entries()) {
    const { at } = parseHostPort(server);
    if (at === undefined) continue;
    if (isOneself(at.host)) refuse(['zookeeper', 'hosts', index], `${at.host} ${ONESELF}`);
    if (hosts.indexOf(server) !== index) refuse(['zookeeper', 'hosts', index], `${server} is named twice`);
  }
}
