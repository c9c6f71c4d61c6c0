import { isUnheard, type MountedSecret, type SwarmNode, type SwarmTask } from '../../engine/port.ts';
import { takesTasks } from '../../place/filters.ts';
import { nodeText, nodeWord } from '../../place/named-node.ts';
import { versionOf } from '../../release/choose.ts';

/** Where a job may run, or why it must not run at all. */
export type JobPlace = { constraints: string[] } | { trouble: string };

/**
 * The node of a job that mounts secrets: one that has them all already, because tasks that mount them run there; rather
 * these very versions than others of them. They are to come to no other. After an election the swarm has word from
 * none: a job then waits until its node is heard of.
 * @param tasks of the stack
 */
export function placeOfSecrets(
  mounts: readonly MountedSecret[],
  tasks: readonly SwarmTask[],
  nodes: readonly SwarmNode[],
): JobPlace {
  const having = (keyOf: (mount: MountedSecret) => string): SwarmNode[] =>
    nodes.filter(({ id }) => {
      const here = tasks.filter(({ nodeId, state }) => nodeId === id && state === 'running');
      const keys = new Set(here.flatMap(({ secrets }) => secrets.map(keyOf)));
      return here.length > 0 && mounts.every((mount) => keys.has(keyOf(mount)));
    });
  const holders = having(({ name }) => versionOf(name)[0]);
  const open =
    having(({ id }) => id).find(takesTasks) ??
    holders.find(takesTasks) ??
    holders.find((node) => isUnheard(node) && node.availability === 'active');
  if (open !== undefined) return onNode(open);
  const names = mounts.map(({ name }) => name).join(', ');
  return {
    trouble: holders.length === 0 ? `${ONLY_THERE}, and no node runs a task with ${names}` : closedText(holders, nodes),
  };
}

const ONLY_THERE = 'a job with its secrets goes to no node that has not got them';

/** The constraints of a job that runs on this node. */
export const onNode = ({ id }: Pick<SwarmNode, 'id'>): { constraints: string[] } => ({
  constraints: [`node.id == ${id}`],
});

/**
 * Why a job with secrets runs nowhere, and what to do.
 * @param holders the nodes that have these secrets; none takes tasks
 */
export function closedText(holders: readonly SwarmNode[], nodes: readonly SwarmNode[]): string {
  const told = holders.map(
    ({ id, state, availability, hostname }) =>
      `${nodeText(nodes, hostname, id)} is ${state === 'ready' ? `set to ${availability}` : state}`,
  );
  const remedies = holders
    .filter(({ state }) => state === 'ready')
    .map((node) => `\`docker node update --availability active ${nodeWord(nodes, node)}\``);
  return [
    `${ONLY_THERE}, and of those that have none takes a job (${told.join(', ')})`,
    ...(remedies.length === 0 ? [] : [`${remedies.join(' or ')} lets it run there`]),
  ].join('; ');
}
