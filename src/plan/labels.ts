import { nodeLabel } from '../sdk/helpers.ts';
import type { SwarmNode } from '../engine/port.ts';
import { bears, findNode, isOneMachine } from '../place/named-node.ts';

export type LiveNode = Pick<SwarmNode, 'id' | 'hostname' | 'state' | 'labels'>;

/** Which nodes bear a role: host names or node ids. */
export interface RolePlacement {
  role: string;
  nodes: string[];
  /** Keys in the document of the services that are constrained to it and must be stopped before it moves. */
  services: string[];
}

/**
 * When a deployment makes the change. `before`: first of all; it ends no task that is where it belongs. `move`: while
 * the services of the role are stopped, so that swarm has one node to start each on. `after`: once the services that
 * were constrained to it are gone.
 */
export type LabelMoment = 'before' | 'move' | 'after';

export interface LabelChange {
  action: 'add' | 'remove';
  nodeId: string;
  /** Host name, for people. */
  node: string;
  key: string;
  when: LabelMoment;
  /** Services that are constrained to it; none if the document has no such role any more. */
  services: string[];
  /** Why, in words; empty if the role was on no node. */
  reason: string;
}

/** A node that the bundle names and that cannot be told from the swarm's node list. */
export interface UnresolvedNode {
  role: string;
  node: string;
  reason: 'unknown' | 'ambiguous';
}

/**
 * The node labels to set (value `true`) and to remove so that exactly the named nodes bear `bundle.<stack>.<role>`.
 * Labels of this stack for roles that no longer exist are removed, others left alone. Sorted by host name, id and key.
 * @param running ids of the nodes on which services have tasks, by their keys in the document: from there a role
 *   moves, also to a node that bears its label already
 */
export function labelChanges(
  stack: string,
  placements: RolePlacement[],
  nodes: LiveNode[],
  running: ReadonlyMap<string, ReadonlySet<string>> = new Map(),
): { changes: LabelChange[]; unresolved: UnresolvedNode[] } {
  const unresolved: UnresolvedNode[] = [];
  const roles = placements.map((placement): Role => {
    const found = [...new Set(placement.nodes)].map((name) => ({ name, ...findNode(nodes, name) }));
    const missing = found.filter(({ node }) => node === undefined);
    const unknown = missing.map(({ name, all }): UnresolvedNode => ({
      role: placement.role,
      node: name,
      reason: all.length === 0 ? 'unknown' : 'ambiguous',
    }));
    unresolved.push(...unknown);
    const targets = found.flatMap(({ node }) => node ?? []);
    return {
      key: nodeLabel(stack, placement.role),
      targets,
      whole: missing.length === 0,
      services: placement.services,
      runsOn: new Set(placement.services.flatMap((name) => [...(running.get(name) ?? [])])),
    };
  });
  const known = new Set(roles.map(({ key }) => key));
  const own = nodes.flatMap((node) => ownLabels(stack, node)).filter((key) => !known.has(key));
  const changes = [
    ...roles.flatMap((role) => roleChanges(role, nodes)),
    ...[...new Set(own)].flatMap((key) => goneRole(key, nodes)),
  ];
  const order = (change: LabelChange): string => [change.node, change.nodeId, change.key].join('\0');
  return { changes: changes.sort((a, b) => (order(a) < order(b) ? -1 : 1)), unresolved };
}

/**
 * Of the changes, those that end no task and let none start elsewhere than it runs: labels for roles that no other
 * machine has. All that `init` and `prepare` do.
 */
export function safeChanges(changes: readonly LabelChange[]): LabelChange[] {
  return changes.filter(({ action, when }) => action === 'add' && when === 'before');
}

/** Keys of our labels of a stack on a node. */
export function ownLabels(stack: string, { labels }: Pick<LiveNode, 'labels'>): string[] {
  return Object.keys(labels)
    .filter((key) => key.startsWith(nodeLabel(stack, '')))
    .sort();
}

interface Role {
  key: string;
  targets: LiveNode[];
  /** All of its nodes were found. */
  whole: boolean;
  services: string[];
  /** Ids of the nodes on which these have tasks. */
  runsOn: ReadonlySet<string>;
}

function roleChanges({ key, targets, whole, services, runsOn }: Role, nodes: LiveNode[]): LabelChange[] {
  const others = nodes.filter((node) => key in node.labels && !targets.includes(node));
  const held = others.filter(
    (node) => bears(node, key) && !targets.some((target) => isOneMachine(nodes, target, node)),
  );
  const lacking = targets.filter(({ labels }) => labels[key] !== 'true');
  const news = lacking.filter((node) => !bears(node, key));
  const left = others.filter((node) => bears(node, key) && runsOn.has(node.id));
  // If nothing that must be stopped first is bound to it, it may go at once.
  const moves = services.length > 0 && ((news.length > 0 && held.length > 0) || left.length > 0);
  const change = (node: LiveNode, action: LabelChange['action'], when: LabelMoment, reason: string): LabelChange => ({
    action,
    nodeId: node.id,
    node: node.hostname,
    key,
    when,
    services,
    reason,
  });
  const where = namesOf(targets);
  const added = lacking.map((node) =>
    moves && news.includes(node)
      ? change(node, 'add', 'move', `from ${namesOf(held.length > 0 ? held : left)}`)
      : change(node, 'add', 'before', ''),
  );
  // While one node of a role cannot be found, no other loses the role: the name may be a slip, and the data is there.
  const gone = (whole ? others : []).map((node) => {
    if (!left.includes(node) && targets.some((target) => isOneMachine(nodes, target, node)))
      return change(node, 'remove', 'before', `an old entry of ${node.hostname}, which joined again`);
    if (moves && bears(node, key))
      return change(node, 'remove', 'move', `moves to ${namesOf(news.length > 0 ? news : targets)}`);
    return change(node, 'remove', 'before', `a stray label: bundle.yaml has the role on ${where}`);
  });
  return [...added, ...gone];
}

function goneRole(key: string, nodes: LiveNode[]): LabelChange[] {
  return nodes
    .filter(({ labels }) => key in labels)
    .map(({ id, hostname }) => ({
      action: 'remove',
      nodeId: id,
      node: hostname,
      key,
      when: 'after',
      services: [],
      reason: 'bundle.yaml has no such role; once its service is gone',
    }));
}

const namesOf = (nodes: readonly LiveNode[]): string => [...new Set(nodes.map(({ hostname }) => hostname))].join(', ');
