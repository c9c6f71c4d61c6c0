import { pickNodes } from '../../common/pick-nodes.ts';
import type { Question } from '../../definition.ts';

export const managerQuestions: Question[] = [
  { path: 'manager.nodes', ask: 'nodes', single: true, message: 'Node for the manager', help: 'Exactly one. It holds the CA’s key while the manager runs. Default: the first manager node that takes tasks.', default: (c) => pickNodes(c, 1), validate: exactlyOne },
  { path: 'manager.port', ask: 'number', message: 'Port of the manager’s UI on that node', help: 'Default 9097. Its FIRST VISITOR becomes the super user: log in at once, or keep the port closed.' },
];

function exactlyOne(value: unknown): string | undefined {
  return Array.isArray(value) && value.length === 1 ? undefined : 'name exactly one node';
}
