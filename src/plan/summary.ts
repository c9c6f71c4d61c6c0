import { counted } from './blocks.ts';
import type { Plan } from './changes.ts';

/**
 * The plan in one line: `4 to restart · 3 unchanged · nothing created or removed`; or "No changes." and how many run.
 */
export function summary({ empty, services, secrets, networks, labels, unresolvedNodes, told = [] }: Plan): string {
  const count = (action: string): number => of(services, action);
  const unchanged = count('unchanged');
  if (empty) return `No changes. ${unchanged} ${unchanged === 1 ? 'service is' : 'services are'} as stack.yml says.`;
  const updates = services.filter(({ action }) => action === 'update');
  const restarting = updates.filter(({ changes }) => changes.some(({ effect }) => effect === 'restart')).length;
  const moving = updates.filter(({ restarts }) => restarts).length - restarting;
  const others = [
    said(of(secrets, 'create'), 'secret', 'to create'),
    said(of(secrets, 'remove'), 'secret', 'to remove'),
    said(of(networks, 'create'), 'network', 'to create'),
    said(of(labels, 'add'), 'node label', 'to add'),
    said(of(labels, 'remove'), 'node label', 'to remove'),
  ].flat();
  const kept = count('create') + count('remove') + others.length === 0;
  return [
    ...said(count('create'), 'service', 'to create'),
    ...number(restarting, 'to restart'),
    ...number(moving, 'may move'),
    ...number(updates.length - restarting - moving, 'to change without a restart'),
    ...said(count('remove'), 'service', 'to remove'),
    ...number(unchanged, 'unchanged'),
    ...others,
    ...said(told.length, 'secret', 'to tell'),
    ...number(unresolvedNodes.length, unresolvedNodes.length === 1 ? 'node not found' : 'nodes not found'),
    ...(kept ? ['nothing created or removed'] : []),
  ].join(' · ');
}

const of = (items: readonly { action: string }[], action: string): number =>
  items.filter((item) => item.action === action).length;

const number = (count: number, words: string): string[] => (count === 0 ? [] : [`${count} ${words}`]);
const said = (count: number, noun: string, words: string): string[] =>
  count === 0 ? [] : [`${counted(count, noun)} ${words}`];
