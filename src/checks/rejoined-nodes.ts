import { STACK_NAMESPACE, type SwarmNode } from '../engine/port.ts';
import { findNode, isOneMachine } from '../place/named-node.ts';
import type { Release } from '../release/record.ts';
import { nodeLabel } from '../sdk/helpers.ts';
import type { CheckContext, Finding } from './check.ts';
import { dataNodes } from './data-nodes.ts';
import { volumeServices } from './lost-volumes.ts';
import { ownService } from './own-service.ts';

/**
 * Members whose volume is on an earlier entry of the node that bundle.yaml names: it joined again, and nothing moves;
 * or it is another machine of that host name, and they would start empty there. What the engine that is asked has is
 * known.
 * @param released node labels of the newest release whose tasks ran
 * @param told services of which it is known what their volumes hold
 */
export async function rejoinedNodes(
  context: CheckContext,
  released: Release['nodeLabels'],
  told: ReadonlySet<string>,
): Promise<Finding[]> {
  const { stack, info, live, plan } = context;
  if (live === undefined) return [];
  const found = plan.placements.flatMap(({ role, nodes, services }) => {
    const targets = nodes.flatMap((name) => findNode(live.nodes, name).node ?? []);
    const withVolume = volumeServices(context, services).filter((service) => !told.has(service));
    return withVolume.flatMap((service) => {
      const before = earlierEntries(service, nodeLabel(stack, role), context, released);
      if (before.some(({ id }) => targets.some((target) => target.id === id))) return [];
      return targets
        .filter((target) => before.some((entry) => isOneMachine(live.nodes, entry, target)))
        .map((target) => ({ service, target }));
    });
  });
  const asked = found.filter(({ target }) => target.id === info?.swarm.nodeId);
  const here = new Set(asked.length === 0 ? [] : (await live.engine.localVolumes({})).map(({ name }) => name));
  const untold = found.filter((each) => !asked.includes(each) || !hasVolumes(each.service, context, here));
  return [...new Set(untold.map(({ target }) => target))].map((target) => {
    const services = untold.filter((each) => each.target === target).map(({ service }) => service);
    return {
      level: 'warning',
      node: target.hostname,
      text:
        `${services.join(', ')} had ${services.length === 1 ? 'its volume' : 'their volumes'} on ${target.hostname} ` +
        `before it joined the swarm again: if this is another machine of that name, ` +
        `${services.length === 1 ? 'it starts' : 'they start'} empty there`,
      hint: `on ${target.hostname}, \`docker volume ls -f label=${STACK_NAMESPACE}=${stack}\` tells`,
    };
  });
}

type Entry = Pick<SwarmNode, 'id' | 'hostname' | 'state'>;

/** Where it runs, or ran last; by the records, if no task tells. None of a service that is to be created. */
export function earlierEntries(
  service: string,
  key: string,
  context: CheckContext,
  released: Release['nodeLabels'],
): readonly Entry[] {
  const { stack, live } = context;
  if (ownService(stack, live?.services ?? [], service) === undefined) return [];
  return (
    dataNodes(context, service)?.now ??
    released
      .filter((label) => label.key === key)
      .map(
        ({ nodeId, node }): Entry =>
          live?.nodes.find(({ id }) => id === nodeId) ?? { id: nodeId, hostname: node, state: 'down' },
      )
  );
}

const hasVolumes = (service: string, { stack, document }: CheckContext, here: ReadonlySet<string>): boolean =>
  (document.services[service]?.volumes ?? []).every(
    ({ type, source = '' }) => type !== 'volume' || here.has(`${stack}_${source}`),
  );
