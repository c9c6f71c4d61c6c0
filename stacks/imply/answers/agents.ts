import * as z from 'zod';
import { nodes, port, reserve } from '../../common/answers.ts';
import { duration } from './fields.ts';
import { REQUESTS } from './manager.ts';
import type { Refuse } from './refuse.ts';

/** Of one role. The cross checks below run on refused numbers too: they must not count to them. */
export const MOST_AGENTS = 99;

export const ROLES = ['master', 'query', 'data'] as const;
export type Role = (typeof ROLES)[number];

const agent = (role: string, cpus: string, memory: string, grace: string) => ({
  replicas: z.int().min(1).max(MOST_AGENTS).default(1).describe(`How many ${role} agents.`),
  nodes: nodes.describe(`Nodes for the ${role} agents, in order: agent 1 on the first, and so on, starting over at the end. Append, never reorder: volumes stay where they are.`),
  reserve: reserve(cpus, memory, REQUESTS),
  gracePeriod: duration.default(grace).describe('How long a stopping agent may drain before it is killed.'),
});

export const agents = z
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
          .describe('Ports opened on the nodes of the query agents, in host mode only: an agent on the ingress network may announce its address there, which no other agent reaches.'),
      })
      .prefault({}),
    data: z.strictObject(agent('data', '0.4', '1300M', '24h')).prefault({}),
  })
  .prefault({});

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
export const agentCount = (value: Agents): number => ROLES.reduce((sum, role) => sum + Math.min(value[role].replicas, MOST_AGENTS), 0);

export function checkAgents(value: Agents, refuse: Refuse): void {
  for (const role of ROLES) if (value[role].nodes.length === 0) refuse(['agents', role, 'nodes'], 'names no node');
  const { nodes: named, replicas, publish } = value.query;
  if (publish.enabled && named.length > 0 && replicas > new Set(named.slice(0, replicas)).size) {
    refuse(['agents', 'query', 'nodes'], `${replicas} query agents publish the same ports and need a node each; name more nodes, or set agents.query.publish.enabled to false`);
  }
}
