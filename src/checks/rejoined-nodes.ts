import type { SwarmNode } from '../engine/port.ts';
import { findNode, isOneMachine } from '../place/named-node.ts';
import { ownVolumes } from '../plan/own-volumes.ts';
import type { Release } from '../release/record.ts';
import { nodeLabel } from '../sdk/helpers.ts';
import { shellWord } from '../shell-word.ts';
import type { CheckContext, Finding } from './check.ts';
import { dataNodes } from './data-nodes.ts';
import { keepingServices, keptDirectories, keptText, withoutDataText } from './kept-mounts.ts';
import { ownService } from './own-service.ts';

/**
 * Members whose volume or directory is on an earlier entry of the node that bundle.yaml names: it joined again, and
 * nothing moves; or it is another machine of that host name, and they would start empty there. Which volumes the engine
 * that is asked has is known.
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
    const keeping = keepingServices(context, services).filter((service) => !told.has(service));
    return keeping.flatMap((service) => {
      const before = earlierEntries(service, nodeLabel(stack, role), context, released);
      if (before.some(({ id }) => targets.some((target) => target.id === id))) return [];
      return targets
        .filter((target) => before.some((entry) => isOneMachine(live.nodes, entry, target)))
        .map((target) => ({ service, target }));
    });
  });
  const asked = found.filter(({ target }) => target.id === info?.swarm.nodeId);
  const volumes = asked.length === 0 ? [] : await live.engine.localVolumes({});
  const here = new Set(
    ownVolumes(stack, { document: context.document, services: live.services }, volumes).map(({ name }) => name),
  );
  const untold = found.filter((each) => !asked.includes(each) || !hasItsData(each.service, context, here));
  return [...new Set(untold.map(({ target }) => target))].map((target) => {
    const services = untold.filter((each) => each.target === target).map(({ service }) => service);
    return {
      level: 'warning',
      node: target.hostname,
      text:
        `${services.join(', ')} had ${services.length === 1 ? 'its' : 'their'} ${whatOf(services, context)} on ` +
        `${target.hostname} before it joined the swarm again: if this is another machine of that name, ` +
        `${services.length === 1 ? 'it starts' : 'they start'} empty there`,
      hint: `on ${target.hostname}, ${lookAt(services, context)}${withoutDataText(context, services)}`,
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

/** Directories of a host cannot be seen. */
const hasItsData = (service: string, context: CheckContext, here: ReadonlySet<string>): boolean =>
  keptDirectories(context, [service]).length === 0 &&
  (context.document.services[service]?.volumes ?? []).every(
    ({ type, source = '' }) => type !== 'volume' || here.has(`${context.stack}_${source}`),
  );

function whatOf(services: readonly string[], context: CheckContext): string {
  const text = keptText(context, services);
  return text === 'volume' && services.length > 1 ? 'volumes' : text;
}

/** What tells on the node whether it is there. */
function lookAt(services: readonly string[], context: CheckContext): string {
  const directories = keptDirectories(context, services);
  const commands = [
    // By name: those that were made by hand have no label.
    ...(keptText(context, services).startsWith('volume') ? [`\`docker volume ls -f 'name=^${context.stack}_'\``] : []),
    ...(directories.length === 0 ? [] : [`\`ls ${directories.map(shellWord).join(' ')}\``]),
  ];
  return `${commands.join(' and ')} ${commands.length === 1 ? 'tells' : 'tell'}`;
}
