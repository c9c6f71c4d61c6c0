// Address arithmetic, no network.
// eslint-disable-next-line no-restricted-imports
import { BlockList, isIP } from 'node:net';
import type { SwarmNode } from '../engine/port.ts';

/**
 * The placement constraints that a node does not meet, each with what the node has instead. Keys and values ignore
 * case, a label's name does not; a label that is not set is an empty value, so `!=` is met by its absence; a key that
 * is none of these is met by no node (moby/swarmkit: manager/constraint/constraint.go, NodeMatches).
 */
export function unmet(constraints: readonly string[], node: SwarmNode): string[] {
  return constraints.flatMap((constraint) => {
    const [, key, operator, expected] = /^\s*(.+?)\s*(==|!=)\s*(.*?)\s*$/s.exec(constraint) ?? [];
    if (key === undefined || expected === undefined) return [`${constraint} (not understood)`];
    const actual = valueOf(key, node);
    if (actual === undefined) return [`${constraint} (swarm knows no "${key}")`];
    const equal = key.toLowerCase() === 'node.ip' ? addressMatches(expected, actual) : same(expected, actual);
    if (equal === undefined) return [`${constraint} ("${expected}" is no address or network)`];
    if (equal === (operator === '==')) return [];
    return [`${constraint} (${actual === '' ? 'not set' : `is "${actual}"`})`];
  });
}

const NODE_LABELS = 'node.labels.';
const ENGINE_LABELS = 'engine.labels.';

function valueOf(key: string, node: SwarmNode): string | undefined {
  const lower = key.toLowerCase();
  if (lower.startsWith(NODE_LABELS) && lower !== NODE_LABELS) return node.labels[key.slice(NODE_LABELS.length)] ?? '';
  if (lower.startsWith(ENGINE_LABELS) && lower !== ENGINE_LABELS)
    return node.engineLabels[key.slice(ENGINE_LABELS.length)] ?? '';
  switch (lower) {
    case 'node.id':
      return node.id;
    case 'node.hostname':
      return node.hostname;
    case 'node.ip':
      return node.address;
    case 'node.role':
      return node.role;
    case 'node.platform.os':
      return node.os;
    case 'node.platform.arch':
      return node.arch;
    default:
      return undefined;
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Undefined if `expected` is neither an address nor a network: swarm then takes no node, whatever the operator. */
function addressMatches(expected: string, address: string): boolean | undefined {
  const [network = '', prefix, more] = expected.split('/');
  const family = isIP(network);
  if (family === 0 || more !== undefined) return undefined;
  const bits = Number(prefix ?? 0);
  if (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || bits > (family === 6 ? 128 : 32))) return undefined;
  if (isIP(address) !== family) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  if (prefix === undefined) list.addAddress(network, type);
  else list.addSubnet(network, bits, type);
  return list.check(address, type);
}
