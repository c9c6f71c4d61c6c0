import { nodeLabel } from '../bundle/names.ts';

export interface LiveNode {
  id: string;
  hostname: string;
  labels: Record<string, string>;
}

/** Which nodes bear a role: host names or node ids. */
export interface RolePlacement {
  role: string;
  nodes: string[];
}

export interface LabelChange {
  action: 'add' | 'remove';
  nodeId: string;
  /** Host name, for people. */
  node: string;
  key: string;
}

/** A node that the bundle names and that cannot be told from the swarm's node list. */
export interface UnresolvedNode {
  role: string;
  node: string;
  reason: 'unknown' | 'ambiguous';
}

/**
 * The node labels to set (value `true`) and to remove so that exactly the named nodes bear `bundle.<stack>.<role>`. Labels of this stack for roles
 * that no longer exist are removed, others left alone. Sorted by host name, id and key.
 */
export function labelChanges(stack: string, placements: RolePlacement[], nodes: LiveNode[]): { changes: LabelChange[]; unresolved: UnresolvedNode[] } {
  const wanted = new Set<string>();
  const unresolved: UnresolvedNode[] = [];
  for (const { role, nodes: names } of placements) {
    for (const name of new Set(names)) {
      const found = nodes.some((node) => node.id === name) ? nodes.filter((node) => node.id === name) : nodes.filter((node) => node.hostname === name);
      const [node] = found;
      if (node !== undefined && found.length === 1) wanted.add(`${node.id} ${nodeLabel(stack, role)}`);
      // Swarm allows two nodes of one host name.
      else unresolved.push({ role, node: name, reason: found.length === 0 ? 'unknown' : 'ambiguous' });
    }
  }
  const changes: LabelChange[] = [];
  for (const { id, hostname, labels } of nodes) {
    const own = Object.keys(labels).filter((key) => key.startsWith(nodeLabel(stack, '')));
    const roles = new Set([...placements.map(({ role }) => nodeLabel(stack, role)), ...own]);
    for (const key of roles) {
      const want = wanted.has(`${id} ${key}`);
      if (want && labels[key] !== 'true') changes.push({ action: 'add', nodeId: id, node: hostname, key });
      else if (!want && key in labels && !keptFor(key, unresolved, stack)) changes.push({ action: 'remove', nodeId: id, node: hostname, key });
    }
  }
  const order = (change: LabelChange): string => [change.node, change.nodeId, change.key].join('\0');
  return { changes: changes.sort((a, b) => (order(a) < order(b) ? -1 : 1)), unresolved };
}

/** While one node of a role cannot be found, no other loses the role: the name may be a slip, and the data is there. */
function keptFor(key: string, unresolved: UnresolvedNode[], stack: string): boolean {
  return unresolved.some(({ role }) => nodeLabel(stack, role) === key);
}
