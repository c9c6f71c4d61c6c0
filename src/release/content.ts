import type { Lock } from '../bundle/lock.ts';
import type { Bundle } from '../bundle/parse.ts';
import type { StackDocument } from '../compose/types.ts';
import type { Awaited } from '../converge/progress.ts';
import type { SwarmNode, SwarmService } from '../engine/port.ts';
import { findNode } from '../place/named-node.ts';
import type { StackPlan } from '../sdk/definition.ts';
import { nodeLabel } from '../sdk/helpers.ts';
import type { Release } from './record.ts';

/** What a deployment puts into the swarm. */
export interface Deployable extends Awaited {
  directory: { bundle: Bundle; plan: StackPlan; lock: Lock };
  document: StackDocument;
}

/**
 * What a deployment of the bundle asks of the swarm, as a release records it; the labels of a role in the order of its
 * nodes, by which a way back tells whose each is. Nodes that cannot be found are left out: `check` refuses them.
 */
export function contentOf(
  {
    directory: { bundle, plan },
    document,
  }: {
    directory: { bundle: Pick<Bundle, 'name'>; plan: Pick<StackPlan, 'placements'> };
    document: StackDocument;
  },
  nodes: readonly SwarmNode[],
): Pick<Release, 'document' | 'nodeLabels'> {
  const nodeLabels = plan.placements.flatMap(({ role, nodes: names }) =>
    names.flatMap((name) => {
      const { node } = findNode(nodes, name);
      return node === undefined ? [] : [{ nodeId: node.id, node: node.hostname, key: nodeLabel(bundle.name, role) }];
    }),
  );
  return { document, nodeLabels };
}

/** Images as the swarm pinned them, by the services' short names. */
export function pinnedImages(stack: string, services: readonly SwarmService[]): Record<string, string> {
  return Object.fromEntries(services.map(({ name, spec }) => [name.slice(stack.length + 1), pinnedImage(spec)]));
}

function pinnedImage(spec: Record<string, unknown>): string {
  return (spec as { TaskTemplate?: { ContainerSpec?: { Image?: string } } }).TaskTemplate?.ContainerSpec?.Image ?? '';
}
