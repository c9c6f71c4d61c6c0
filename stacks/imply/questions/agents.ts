import type { Question } from '../../../src/sdk/definition.ts';
import type { Role } from '../answers/roles.ts';
import { agentCountSoFar, suggestedNodes } from './nodes.ts';

export const agentQuestions: Question[] = [
  {
    path: 'agents.size',
    ask: 'select',
    message: 'Size of the agents',
    help:
      'CPUs and memory that are kept free for each. Default trial. Own numbers: reserve and limit of a role in ' +
      'bundle.yaml.',
    choices: [
      {
        value: 'trial',
        name: 'trial',
        description: '0.2 to 0.4 CPUs, 500M to 1300M: what the vendor’s chart requests',
      },
      {
        value: 'production',
        name: 'production',
        description: 'data and query 8 CPUs and 61G, master 4 and 16G: the vendor’s hardware advice',
      },
    ],
  },
  {
    path: 'agents.master.replicas',
    ask: 'number',
    message: 'Master agents',
    help: 'Default 1; the vendor asks for three for high availability.',
  },
  {
    path: 'agents.master.nodes',
    ask: 'nodes',
    message: 'Nodes for the master agents',
    help: 'Agent 1 on the first, and so on.',
    byDefault: 'Default: those that carry least.',
    default: (c) => suggestedNodes(c, 'master'),
  },
  {
    path: 'agents.query.replicas',
    ask: 'number',
    message: 'Query agents',
    help:
      'Default 1. Each publishes the router and Pivot on its node; with several, Pivot’s state must be moved to a ' +
      'database first.',
  },
  {
    path: 'agents.query.nodes',
    ask: 'nodes',
    message: 'Nodes for the query agents',
    help: 'One node each.',
    byDefault: 'Default: those that carry least.',
    default: (c) => suggestedNodes(c, 'query'),
  },
  {
    path: 'agents.data.replicas',
    ask: 'number',
    message: 'Data agents',
    help: 'Default 1; two or more keep data available when one restarts.',
  },
  {
    path: 'agents.data.nodes',
    ask: 'nodes',
    message: 'Nodes for the data agents',
    help: 'imply-data-1 on the first, and so on; their volumes live there.',
    byDefault: 'Default: those that carry least.',
    default: (c) => suggestedNodes(c, 'data'),
  },
  tierNodes('dataTier2', 'second'),
  tierNodes('dataTier3', 'third'),
];

/**
 * How many agents a further tier has is an answer of bundle.yaml or --set: few clusters have one. If it has some,
 * their nodes are asked for.
 */
function tierNodes(role: Role, ordinal: string): Question {
  return {
    path: `agents.${role}.nodes`,
    ask: 'nodes',
    message: `Nodes for the data agents of the ${ordinal} tier`,
    help: `imply-data-tier${role.slice(-1)}-1 on the first, and so on.`,
    byDefault: 'Default: those that carry least.',
    when: (c) => agentCountSoFar(c, role) > 0,
    default: (c) => suggestedNodes(c, role),
  };
}
