import { BlockList, isIP } from 'node:net';
import type { SwarmNode, SwarmService } from '../engine/port.ts';

interface PlacementSpec {
  TaskTemplate?: { Placement?: { Constraints?: string[] | null } | null } | null;
}

/** The placement constraints in a service's spec. */
export function constraintsOf(service: Pick<SwarmService, 'spec'>): string[] {
  return (service.spec as PlacementSpec).TaskTemplate?.Placement?.Constraints ?? [];
}

/** The constraints a node does not meet, each with what the node has instead; swarmkit's own rules. */
export function unmet(constraints: readonly string[], node: SwarmNode): string[] {
  return constraints.flatMap((constraint) => {
    const [, key, operator, expected] = /^\s*(.+?)\s*(==|!=)\s*(.*?)\s*$/s.exec(constraint) ?? [];
    if (key === undefined || expected === undefined) return [`${constraint} (not understood)`];
    const actual = valueOf(key, node);
    if (actual === undefined) return [`${constraint} (swarm knows no "${key}")`];
    const equal = key.toLowerCase() === 'node.ip' ? addressMatches(expected, actual) : same(expected, actual);
    if (equal === (operator === '==')) return [];
    return [`${constraint} (${actual === '' ? 'not set' : `is "${actual}"`})`];
  });
}

/** Nodes on which a global service gets a task. A paused node keeps what it has and gets nothing new. */
export function eligibleNodes(service: Pick<SwarmService, 'spec'>, nodes: readonly SwarmNode[]): SwarmNode[] {
  const constraints = constraintsOf(service);
  return nodes.filter((node) => takesTasks(node) && unmet(constraints, node).length === 0);
}

/** True where the scheduler may put a new task on the node. */
export function takesTasks(node: Pick<SwarmNode, 'state' | 'availability'>): boolean {
  return node.state === 'ready' && node.availability === 'active';
}

function valueOf(key: string, node: SwarmNode): string | undefined {
  const lower = key.toLowerCase();
  // The prefix ignores case, the label's own name does not.
  if (lower.startsWith('node.labels.')) return node.labels[key.slice('node.labels.'.length)] ?? '';
  if (lower.startsWith('engine.labels.')) return node.engineLabels[key.slice('engine.labels.'.length)] ?? '';
  switch (lower) {
    case 'node.id': return node.id;
    case 'node.hostname': return node.hostname;
    case 'node.ip': return node.address;
    case 'node.role': return node.role;
    case 'node.platform.os': return node.os;
    case 'node.platform.arch': return node.arch;
    default: return undefined;
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function addressMatches(expected: string, address: string): boolean {
  const [network = '', prefix] = expected.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(address) !== family) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  if (prefix === undefined) list.addAddress(network, type);
  else list.addSubnet(network, Number(prefix), type);
  return list.check(address, type);
}
