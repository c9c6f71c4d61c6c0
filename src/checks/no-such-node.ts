import type { SwarmNode } from '../engine/port.ts';
import { bundleCommand, type Named } from '../paste-commands.ts';
import { answerWord, findNode, joinedAgain } from '../place/named-node.ts';
import type { Release } from '../release/record.ts';
import type { CheckContext, Finding } from './check.ts';
import { releasedLabels } from './released-labels.ts';

/**
 * The node labels of the last deployment, with the host names of then: read only if bundle.yaml has a name that no node
 * has. @throws BundleError that of an interruption
 */
export async function recordedNames({ stack, plan, live }: CheckContext): Promise<Release['nodeLabels']> {
  if (live === undefined) return [];
  const wanted = plan.placements.flatMap(({ nodes }) => nodes);
  return wanted.every((name) => findNode(live.nodes, name).all.length > 0)
    ? []
    : releasedLabels(live, stack, { orAny: true });
}

/**
 * That no node is called so; and the one that was at the last deployment, if the swarm still has it: its id stays.
 * @param whom services that are to run there
 * @param known.released as `recordedNames` gives them
 */
export function noSuchNode(
  wanted: string,
  whom: string,
  known: { nodes: readonly SwarmNode[]; released: Release['nodeLabels']; named: Named },
): Finding {
  const { nodes, released, named } = known;
  const text = `there is no node "${wanted}" for ${whom}`;
  const node = onceCalled(wanted, nodes, released);
  if (node !== undefined)
    return {
      level: 'error',
      text: `${text}: at the last deployment that was node ${node.id}, which is called "${node.hostname}" now`,
      hint:
        `put ${answerWord(nodes, joinedAgain(nodes, node) ?? node)} in place of ${wanted} in bundle.yaml, then ` +
        `\`${bundleCommand('render', { dir: named.dir })}\` and the same command`,
    };
  const names = [...new Set(nodes.map(({ hostname }) => hostname).filter((name) => name !== ''))].sort().join(', ');
  // A node that has just joined is in the list before it has told its name.
  const nameless = nodes.filter(({ hostname, state }) => hostname === '' && state !== 'down').map(({ id }) => id);
  const joining = nameless.length === 0 ? '' : `; ${nameless.join(', ')} joins just now: try again in a moment`;
  return { level: 'error', text, hint: `nodes of this swarm: ${names}${joining}` };
}

/** Undefined if no record tells, or if several nodes had that name. */
function onceCalled(name: string, nodes: readonly SwarmNode[], released: Release['nodeLabels']): SwarmNode | undefined {
  const ids = new Set(released.flatMap(({ node, nodeId }) => (node === name ? [nodeId] : [])));
  const [node, ...others] = nodes.filter(({ id, hostname }) => ids.has(id) && hostname !== '');
  return others.length === 0 ? node : undefined;
}
