import * as z from 'zod';
import { APPEND, amounts, nodes, port } from '../../common/answers.ts';
import { duration } from './fields.ts';
import { dataPaths, varPath } from './host-paths.ts';
import type { Refuse } from './refuse.ts';
import { ROLES } from './roles.ts';
import { SIZES, checkLimits } from './sizes.ts';

/** Of one role. The cross checks below run on refused numbers too: they must not count to them. */
export const MOST_AGENTS = 99;

const common = (role: string, least: 0 | 1, grace: string) => ({
  replicas: z.int().min(least).max(MOST_AGENTS).default(least).describe(`How many ${role} agents.`),
  nodes: nodes.describe(
    `Nodes for the ${role} agents, in order: agent 1 on the first, and so on, starting over at the end. ${APPEND}`,
  ),
  reserve: amounts('What the scheduler keeps free for one task. Default: by agents.size.'),
  limit: amounts(
    'What one task may use at most. Default: none with size trial, what is reserved with size production.',
  ),
  gracePeriod: duration.default(grace).describe('How long a stopping agent may drain before it is killed.'),
});

const data = (role: string, least: 0 | 1) =>
  z.strictObject({ ...common(role, least, '24h'), hostPaths: dataPaths }).prefault({});

export const agents = z
  .strictObject({
    cluster: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/)
      .default('default')
      .describe('The cluster that agents join; the manager makes `default` by itself.'),
    size: z
      .enum(SIZES)
      .default('trial')
      .describe(
        'What agents reserve. trial: what the vendor’s chart requests (0.2 to 0.4 CPUs, 500M to 1300M); real ' +
          'loads need far more. production: the vendor’s hardware advice, also as limits: data and query 8 CPUs ' +
          'and 61G, master 4 and 16G. Own numbers: reserve and limit of a role.',
      ),
    master: z
      .strictObject({ ...common('master', 1, '5m'), hostPaths: varPath })
      .prefault({})
      .describe('Agents that coordinate: Druid’s Coordinator and Overlord.'),
    query: z
      .strictObject({
        ...common('query', 1, '5m'),
        hostPaths: varPath,
        publish: z
          .strictObject({
            enabled: z.boolean().default(true).describe('false: they are reached in the stack’s network only.'),
            router: port.optional().describe('Druid’s Router. Default: 9088 with TLS, 8888 without.'),
            pivot: port.default(9095).describe('Pivot, the UI.'),
          })
          .prefault({})
          .describe(
            'Ports opened on the nodes of the query agents, in host mode only: an agent on the ingress network ' +
              'may announce its address there, which no other agent reaches.',
          ),
      })
      .prefault({})
      .describe('Agents that take queries: Druid’s Broker and Router, and Pivot.'),
    data: data('data', 1).describe('The first data tier.'),
    dataTier2: data('second-tier data', 0).describe(
      'A second data tier, for example for data that is asked less often; which data lies there is said by load ' +
        'rules in the cluster.',
    ),
    dataTier3: data('third-tier data', 0).describe('A third data tier.'),
  })
  .prefault({})
  .describe('The processes of Druid, by role.');

type Agents = z.output<typeof agents>;

/** The nodes that agents are spread over. */
export function agentNodes(value: Agents): Set<string> {
  const found = new Set<string>();
  for (const role of ROLES) {
    const { nodes: named, replicas } = value[role];
    for (let index = 0; index < Math.min(replicas, MOST_AGENTS); index++) found.add(named[index % named.length] ?? '');
  }
  return found;
}

/** How many agents, of all roles. */
export const agentCount = (value: Agents): number =>
  ROLES.reduce((sum, role) => sum + Math.min(value[role].replicas, MOST_AGENTS), 0);

export function checkAgents(value: Agents, refuse: Refuse): void {
  for (const role of ROLES) {
    const { nodes: named, replicas } = value[role];
    if (replicas > 0 && named.length === 0) refuse(['agents', role, 'nodes'], 'names no node');
    if (replicas === 0 && named.length > 0)
      refuse(['agents', role, 'nodes'], `names nodes for no agent; raise agents.${role}.replicas, or take them out`);
  }
  const { nodes: named, replicas, publish } = value.query;
  if (publish.enabled && named.length > 0 && replicas > new Set(named.slice(0, replicas)).size) {
    refuse(
      ['agents', 'query', 'nodes'],
      `${replicas} query agents publish the same ports and need a node each; name more nodes, or set ` +
        'agents.query.publish.enabled to false',
    );
  }
  checkLimits(value, refuse);
}
