import { nodeWord } from '../place/named-node.ts';
import type { LabelChange, LiveNode } from './labels.ts';
import type { Plan } from './changes.ts';

/**
 * The commands, in order, that bring a prepared swarm to what the plan says, for who deploys by hand. Stray labels go
 * first, labels that move go right before their services are deployed, and those of roles that are gone after their
 * services. Services that move are scaled to 0 first; that their tasks have ended by then only `bundle deploy` proves.
 */
export function commandsByHand(
  { stack, services, labels }: Pick<Plan, 'stack' | 'services' | 'labels'>,
  nodes: readonly LiveNode[],
): string[] {
  const label = ({ action, key, nodeId, node }: LabelChange): string =>
    `docker node update ${action === 'add' ? `--label-add ${key}=true` : `--label-rm ${key}`} ` +
    `${nodeWord(nodes, { id: nodeId, hostname: node })}`;
  const at = (when: LabelChange['when'], action: LabelChange['action']): string[] =>
    labels.filter((each) => each.when === when && each.action === action).map(label);
  const there = (name: string): boolean => services.some((each) => each.name === name && each.action === 'update');
  const moving = labels.filter(({ when }) => when === 'move').flatMap((label) => label.services.filter(there));
  const stopped = [...new Set(moving)].map((name) => `${stack}_${name}=0`);
  const gone = services
    .filter(({ action }) => action === 'remove')
    .map(({ name }) => `docker service rm ${stack}_${name}`);
  return [
    ...at('before', 'remove'),
    ...(stopped.length === 0 ? [] : [`docker service scale ${stopped.join(' ')}`]),
    ...at('move', 'add'),
    ...at('move', 'remove'),
    `docker stack deploy --with-registry-auth -c stack.yml ${stack}`,
    ...gone,
    ...at('after', 'remove'),
  ];
}
