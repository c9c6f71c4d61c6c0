import type { QuestionContext } from '../../../src/sdk/definition.ts';
import { nodesAt, pickNodes, usableNodes } from '../../common/pick-nodes.ts';
import { MOST_AGENTS } from '../answers/agents.ts';
import { ROLES, type Role } from '../answers/roles.ts';
import { is } from './conditions.ts';

/* Where the wizard's suggestions put what: from the answers given before. */

/** How many agents of a role there will be. */
export function agentCountSoFar(context: QuestionContext, role: Role): number {
  const value = context.get(`agents.${role}.replicas`);
  return typeof value === 'number' ? Math.min(value, MOST_AGENTS) : role.startsWith('dataTier') ? 0 : 1;
}

/** How many embedded ZooKeeper servers there will be. */
export function serverCount(context: QuestionContext): number {
  const value = context.get('zookeeper.servers');
  return typeof value === 'number' ? Math.min(value, 5) : 1;
}

export const deepStorageType = (c: QuestionContext): unknown => c.get('deepStorage.type') ?? 'local';
export const severalNodes = (c: QuestionContext): boolean => usableNodes(c).length > 1;

const agentsPlaced = (c: QuestionContext): string[] =>
  ROLES.flatMap((role) => nodesAt(c, `agents.${role}.nodes`, agentCountSoFar(c, role)));

/** The different nodes that answers put agents on. */
export const agentNodesSoFar = (c: QuestionContext): Set<string> => new Set(agentsPlaced(c));

/** The node of each service that answers have placed so far. One ZooKeeper server is on the manager's node. */
export function placed(c: QuestionContext): string[] {
  const manager = nodesAt(c, 'manager.nodes', 1);
  const embedded = !is('zookeeper.embedded', false)(c);
  const servers = serverCount(c) > 1 ? nodesAt(c, 'zookeeper.nodes', serverCount(c)) : manager;
  return [...manager, ...(embedded ? servers : []), ...agentsPlaced(c), ...nodesAt(c, 'store.nodes', 1)];
}

/**
 * Suggested nodes of a role: those that carry least. All agents go on one node if their deep storage is a directory
 * that nodes do not share: agents elsewhere would find no segments.
 */
export function suggestedNodes(c: QuestionContext, role: Role): string[] | undefined {
  const together = deepStorageType(c) === 'local' && c.get('deepStorage.sharedMount') === undefined;
  if (!together) return pickNodes(c, agentCountSoFar(c, role), placed(c));
  const [standing] = agentNodesSoFar(c);
  return standing === undefined ? pickNodes(c, 1, placed(c)) : c.nodes && [standing];
}
