import { nodeWord } from '../place/named-node.ts';
import type { LabelChange, LiveNode } from './labels.ts';
import { dockerCommand, type Named } from '../paste-commands.ts';
import { shellWord } from '../shell-word.ts';
import type { Plan } from './changes.ts';

/** What commands by hand need beyond the plan. */
export interface ByHand {
  /** stack.yml, from where the commands are run. */
  file: string;
  /** Lines that supply what stack.yml takes from the environment. */
  exports: readonly string[];
  /** Docker is to send this machine's log-ins: for all images alike, an empty one if there is none for a registry. */
  sendsLogin: boolean;
  /** How the user named the engine. */
  engine: Omit<Named, 'dir'>;
}

/**
 * The commands, in order, that bring a prepared swarm to what the plan says, for who deploys by hand, in a shell. Stray
 * labels go first, labels that move go right before their services are deployed, and those of roles that are gone after
 * their services. Services that move are scaled to 0 first; that their tasks have ended by then only `bundle deploy`
 * proves.
 */
export function commandsByHand(
  { stack, services, labels }: Pick<Plan, 'stack' | 'services' | 'labels'>,
  nodes: readonly LiveNode[],
  { file, exports, sendsLogin, engine }: ByHand,
): string[] {
  const docker = (...words: readonly string[]): string => dockerCommand(engine, ...words);
  const label = ({ action, key, nodeId, node }: LabelChange): string =>
    docker(
      ...['node', 'update', ...(action === 'add' ? ['--label-add', `${key}=true`] : ['--label-rm', key])],
      nodeWord(nodes, { id: nodeId, hostname: node }),
    );
  const at = (when: LabelChange['when'], action: LabelChange['action']): string[] =>
    labels.filter((each) => each.when === when && each.action === action).map(label);
  const there = (name: string): boolean => services.some((each) => each.name === name && each.action === 'update');
  const moving = labels.filter(({ when }) => when === 'move').flatMap((label) => label.services.filter(there));
  const stopped = [...new Set(moving)].map((name) => `${stack}_${name}=0`);
  const gone = services
    .filter(({ action }) => action === 'remove')
    .map(({ name }) => docker('service', 'rm', `${stack}_${name}`));
  return [
    ...at('before', 'remove'),
    ...(stopped.length === 0 ? [] : [docker('service', 'scale', ...stopped)]),
    ...at('move', 'add'),
    ...at('move', 'remove'),
    ...exports,
    docker('stack', 'deploy', ...(sendsLogin ? ['--with-registry-auth'] : []), '-c', shellWord(file), stack),
    ...gone,
    ...at('after', 'remove'),
  ];
}
