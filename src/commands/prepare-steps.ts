import type { SecretState } from '../bundle/secret-state.ts';
import { nodeLabel } from '../bundle/names.ts';
import { findNodes } from '../checks/find-node.ts';
import type { Engine, SwarmNode } from '../engine/port.ts';
import type { Placement } from '../../stacks/definition.ts';
import { adoptSecret, createSecret } from '../steps/create-secret.ts';
import { labelNode } from '../steps/label-node.ts';
import type { Step } from '../steps/step.ts';

/** The steps that make what stack.yml names and the swarm does not have yet: secrets first, then node labels. Empty when all is there. */
export function prepareSteps(engine: Engine, stack: string, secrets: SecretState[], placements: Placement[], nodes: SwarmNode[]): Step[] {
  const made = secrets.flatMap((secret) => {
    if (secret.state === 'missing') return [createSecret(engine, secret)];
    return secret.state === 'foreign' ? [adoptSecret(engine, secret)] : [];
  });
  return [...made, ...labelSteps(engine, stack, placements, nodes)];
}

function labelSteps(engine: Engine, stack: string, placements: Placement[], nodes: SwarmNode[]): Step[] {
  const wanted = new Map<string, Set<string>>();
  for (const { role, nodes: named } of placements) {
    for (const node of named.flatMap((name) => findNodes(nodes, name))) {
      wanted.set(node.id, (wanted.get(node.id) ?? new Set()).add(nodeLabel(stack, role)));
    }
  }
  const ours = nodeLabel(stack, '');
  return nodes.flatMap((node) => {
    const keys = wanted.get(node.id) ?? new Set();
    const add = [...keys].filter((key) => node.labels[key] !== 'true').sort();
    // A role that left this node: its label would still attract the service.
    const remove = Object.keys(node.labels).filter((key) => key.startsWith(ours) && !keys.has(key)).sort();
    return add.length + remove.length === 0 ? [] : [labelNode(engine, node, { add, remove })];
  });
}
