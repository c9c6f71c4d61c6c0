import { pickNodes } from '../../common/pick-nodes.ts';
import type { Question, QuestionContext } from '../../definition.ts';
import { MOST_AGENTS } from '../answers/agents.ts';

export const agentQuestions: Question[] = [
  { path: 'agents.master.replicas', ask: 'number', message: 'Master agents', help: 'Default 1; three for high availability.' },
  { path: 'agents.master.nodes', ask: 'nodes', message: 'Nodes for the master agents', help: 'Agent 1 on the first, and so on. Default: spread over the nodes that take tasks.', default: (c) => pickNodes(c, count(c, 'master'), 0) },
  { path: 'agents.query.replicas', ask: 'number', message: 'Query agents', help: 'Default 1. Each publishes the router and Pivot on its node.' },
  { path: 'agents.query.nodes', ask: 'nodes', message: 'Nodes for the query agents', help: 'One node each. Default: spread over the nodes that take tasks.', default: (c) => pickNodes(c, count(c, 'query'), 1) },
  { path: 'agents.data.replicas', ask: 'number', message: 'Data agents', help: 'Default 1; two or more keep data available when one restarts.' },
  { path: 'agents.data.nodes', ask: 'nodes', message: 'Nodes for the data agents', help: 'imply-data-1 on the first, and so on; their volumes live there. Default: spread over the nodes that take tasks.', default: (c) => pickNodes(c, count(c, 'data'), 1) },
];

function count(context: QuestionContext, role: string): number {
  const value = context.get(`agents.${role}.replicas`);
  return typeof value === 'number' ? Math.min(value, MOST_AGENTS) : 1;
}

/** How many different nodes the agents are spread over. */
export function agentNodeCount(context: QuestionContext): number {
  const named = ['master', 'query', 'data'].flatMap((role) => {
    const nodes = context.get(`agents.${role}.nodes`);
    return Array.isArray(nodes) ? (nodes as unknown[]).slice(0, count(context, role)) : [];
  });
  return new Set(named).size;
}
