import { pickNodes } from '../../common/pick-nodes.ts';
import type { Question } from '../../../src/sdk/definition.ts';

export const managerQuestions: Question[] = [
  {
    path: 'manager.nodes',
    ask: 'nodes',
    single: true,
    message: 'Node for the manager',
    help: 'Exactly one. It holds the CA’s key while the manager runs.',
    byDefault: 'Default: the node that carries least.',
    default: (c) => pickNodes(c, 1),
    validate: exactlyOne,
  },
  {
    path: 'manager.port',
    ask: 'number',
    message: 'Port of the manager’s UI',
    help: 'Default 9097. Its FIRST VISITOR becomes the super user: log in at once, or keep the port closed.',
  },
  {
    path: 'manager.portMode',
    ask: 'select',
    message: 'Where is that port open?',
    help: 'Default: on the manager’s node only.',
    choices: [
      { value: 'host', name: 'on the manager’s node', description: 'the manager sees its clients’ addresses' },
      {
        value: 'ingress',
        name: 'on every node of the swarm',
        description: 'so the first visitor may come by any of them; client addresses are hidden',
      },
    ],
  },
];

function exactlyOne(value: unknown): string | undefined {
  return Array.isArray(value) && value.length === 1 ? undefined : 'name exactly one node';
}
