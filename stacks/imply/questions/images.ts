import type { Question } from '../../../src/sdk/definition.ts';
import { DEFAULT_AGENT } from '../answers/images.ts';

export const imageQuestions: Question[] = [
  {
    path: 'images.manager',
    ask: 'image',
    message: 'Manager image',
    help:
      'Reference with a pinned tag, as your nodes can pull it. The default is the newest that this engine holds, or ' +
      'else the newest tag seen in the vendor’s chart.',
    candidates: (_context, held) => heldAs('manager', held),
  },
  {
    path: 'images.agent',
    ask: 'image',
    message: 'Agent image',
    help: 'Its tags are independent of the manager’s. The default is the one the chart pairs with the default manager.',
    goesWith: (context) => {
      const manager = context.get('images.manager');
      return typeof manager === 'string' ? besideManager(manager) : [];
    },
    candidates: (_context, held) => heldAs('agent', held),
  },
];

/**
 * Images that may be it by their names, `imply/manager` or `…/imply-manager`, each with a tag that stays what it is.
 */
export const heldAs = (what: 'manager' | 'agent', held: readonly string[]): string[] =>
  held.filter((each) => new RegExp(`(^|/)imply[/-]([^:]*[/-])?${what}:`, 'i').test(each) && !each.endsWith(':latest'));

/**
 * Where a registry of one's own keeps the manager's image it keeps the agent's, named alike: with that tag, or the
 * default one.
 */
export function besideManager(manager: string): string[] {
  const [, folder = '', name = '', tag] = /^(.*\/)?([^/:@]*)(?::([^/:@]+))?$/.exec(manager) ?? [];
  if (folder === '' || !/manager/i.test(name) || folder === 'imply/') return [];
  const agent = folder + name.replace(/manager/i, 'agent');
  return [...(tag === undefined ? [] : [tag]), DEFAULT_AGENT.split(':')[1]].map((each) => `${agent}:${each}`);
}
