import type { Plan } from './plan.ts';

/**
 * The plan in one line: "2 to create, 1 to restart, 1 in place, 0 to remove" of the services, and what else there is;
 * or "No changes."
 */
export function summary({ empty, services, secrets, networks, labels, unresolvedNodes }: Plan): string {
  const count = (action: string): number => services.filter((service) => service.action === action).length;
  const unchanged = count('unchanged');
  if (empty) return `No changes. ${unchanged} ${unchanged === 1 ? 'service is' : 'services are'} as in the document.`;
  const updates = services.filter(({ action }) => action === 'update');
  const restarting = updates.filter(({ changes }) => changes.some(({ effect }) => effect === 'restart')).length;
  const moving = updates.filter(({ restarts }) => restarts).length - restarting;
  const named = (title: string, parts: [count: number, word: string][]): string[] => {
    const some = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
    return some.length === 0 ? [] : [`${title}: ${some.join(', ')}.`];
  };
  const of = (items: readonly { action: string }[], action: string): number =>
    items.filter((item) => item.action === action).length;
  return [
    `Services: ${count('create')} to create, ${restarting} to restart, ` +
      `${moving > 0 ? `${moving} that may move, ` : ''}${updates.length - restarting - moving} in place, ` +
      `${count('remove')} to remove${unchanged > 0 ? `, ${unchanged} as in the document` : ''}.`,
    ...named('Secrets', [
      [of(secrets, 'create'), 'to create'],
      [of(secrets, 'remove'), 'to remove'],
    ]),
    ...named('Networks', [[of(networks, 'create'), 'to create']]),
    ...named('Node labels', [
      [of(labels, 'add'), 'to add'],
      [of(labels, 'remove'), 'to remove'],
    ]),
    ...named('Nodes', [[unresolvedNodes.length, 'not found']]),
  ].join(' ');
}
