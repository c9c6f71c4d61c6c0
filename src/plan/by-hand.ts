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
 * labels go first, labels that move go right before their services are made, and those of roles that are gone after
 * their services. A service that runs and moves is none of it: what that waits for, `bundle deploy` alone does
 * (`onlyStaged`).
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
  const gone = services
    .filter(({ action }) => action === 'remove')
    .map(({ name }) => docker('service', 'rm', `${stack}_${name}`));
  return [
    ...at('before', 'remove'),
    ...at('move', 'add'),
    ...at('move', 'remove'),
    ...exports,
    docker('stack', 'deploy', ...(sendsLogin ? ['--with-registry-auth'] : []), '-c', shellWord(file), stack),
    ...gone,
    ...at('after', 'remove'),
  ];
}
