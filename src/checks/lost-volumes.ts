import type { SwarmNode } from '../engine/port.ts';
import type { Release } from '../release/record.ts';
import { answerWord, isOneMachine, nodeText } from '../place/named-node.ts';
import { nodeLabel } from '../sdk/helpers.ts';
import type { CheckContext, Finding } from './check.ts';
import { dataNodes } from './data-nodes.ts';
import { keepingServices, keptText, withoutDataText } from './kept-mounts.ts';
import { ownService } from './own-service.ts';

/** It is in the swarm, and no task of it is on a node that is. */
const isLost = (context: CheckContext, service: string): boolean =>
  ownService(context.stack, context.live?.services ?? [], service) !== undefined &&
  dataNodes(context, service) === undefined;

/** Whether of some member no task tells where its data is. */
export const isUntold = (context: CheckContext): boolean =>
  context.plan.placements.some(({ services }) =>
    keepingServices(context, services).some((service) => isLost(context, service)),
  );

/**
 * Members whose volume or directory was on a node that has been removed from the swarm since: nothing moves, and the
 * new start may be an empty one. Of a machine that joined again `rejoinedNodes` speaks, by the same test.
 * @param released node labels of the newest release whose tasks ran
 */
export function lostVolumes(
  { role, services, targets }: { role: string; services: readonly string[]; targets: readonly SwarmNode[] },
  context: CheckContext,
  released: Release['nodeLabels'],
): Finding[] {
  const lost = keepingServices(context, services).filter((service) => isLost(context, service));
  if (lost.length === 0) return [];
  const key = nodeLabel(context.stack, role);
  const nodes = context.live?.nodes ?? [];
  return released
    .filter((label) => label.key === key && !nodes.some(({ id }) => id === label.nodeId))
    .map(({ nodeId, node }) => ({ id: nodeId, hostname: node }))
    .filter((gone) => !targets.some((target) => isOneMachine(nodes, gone, target)))
    .map((gone) => {
      const isRepeated = nodes.some(({ hostname }) => hostname === gone.hostname);
      const word = nodeText([...nodes, gone], gone.hostname, gone.id);
      return {
        level: 'warning',
        text:
          `${lost.join(', ')} had its ${keptText(context, lost)} on ${word}, which is not in the swarm any more: on ` +
          `${targets.map((target) => answerWord(nodes, target)).join(', ')} it starts with what is there, or empty`,
        hint:
          `if the disk of ${word} is whole, let it join again first, and name it in bundle.yaml ` +
          (isRepeated ? 'by its new id' : 'as before') +
          withoutDataText(context, lost),
      };
    });
}
