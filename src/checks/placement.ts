import { conflictText, roomText, unplaceableText } from '../place/describe.ts';
import type { FilterName } from '../place/filters.ts';
import type { ServicePlacement } from '../place/simulate.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { findNodes } from './find-node.ts';
import { forecastOf } from './forecast.ts';

/** The nodes that the bundle names are there and take tasks; then, for every service, what swarm's scheduler would say. */
export const placement: Check = {
  name: 'placement',
  title: 'placement',
  offline: false,
  async run(context) {
    const { findings, explained } = namedNodes(context);
    const { services, nodes, conflicts } = await forecastOf(context);
    const left = services.filter((service) => service.verdict === 'unplaceable' && !explained.has(service.service) && !lacksPort(service));
    const all: Finding[] = [
      ...findings,
      ...left.map((service): Finding => ({ level: 'error', text: unplaceableText(service), hint: hintFor(service) })),
      ...conflicts.map((conflict): Finding => ({ level: conflict.certainty === 'impossible' ? 'error' : 'warning', text: conflictText(conflict), hint: 'give one of them another node or port, or reserve less' })),
    ];
    return [...(all.length > 0 ? all : [{ level: 'ok', text: 'every service has a ready node' } satisfies Finding]), { level: 'ok', text: `free when deployed: ${roomText(nodes)}` }];
  },
};

/** True where a taken port is what keeps the service from a node: the check of host ports reports it. */
export function lacksPort({ verdict, lost }: ServicePlacement): boolean {
  return verdict === 'unplaceable' && lost.some((loss) => loss.filter === 'host-port');
}

/** Nodes that the bundle names and that are of no use; and the services whose trouble that explains. */
function namedNodes({ plan, live }: CheckContext): { findings: Finding[]; explained: Set<string> } {
  const nodes = live?.nodes ?? [];
  const known = nodes.map((node) => node.hostname).sort().join(', ');
  const explained = new Set<string>();
  const findings = [...new Set(plan.placements.flatMap((each) => each.nodes))].flatMap((wanted): Finding[] => {
    const services = plan.placements.filter((each) => each.nodes.includes(wanted)).flatMap((each) => each.services);
    const whom = services.length > 3 ? `${services.slice(0, 3).join(', ')} and ${services.length - 3} more` : services.join(', ');
    const finding = nodeTrouble(wanted, whom, known, findNodes(nodes, wanted));
    if (finding === undefined) return [];
    for (const service of services) explained.add(service);
    return [finding];
  });
  return { findings, explained };
}

function nodeTrouble(wanted: string, whom: string, known: string, found: ReturnType<typeof findNodes>): Finding | undefined {
  const [node] = found;
  if (!node) return { level: 'error', text: `there is no node "${wanted}" for ${whom}`, hint: `nodes of this swarm: ${known}` };
  if (found.length > 1) return { level: 'error', text: `${found.length} nodes are called "${wanted}"`, hint: `name one by its id: ${found.map((each) => each.id).join(', ')}` };
  if (node.state !== 'ready') return { level: 'error', text: `node ${wanted} is ${node.state}; ${whom} cannot start there`, hint: 'bring it back, or name another node' };
  if (node.availability === 'active') return undefined;
  return { level: 'error', text: `node ${wanted} is set to ${node.availability}; ${whom} cannot start there`, hint: `docker node update --availability active ${wanted}` };
}

const HINTS: [FilterName, string][] = [
  ['resources', 'reserve less in bundle.yaml, name a larger node, or move other services off'],
  ['max-replicas', 'fewer replicas, or more nodes'],
  ['platform', 'use an image made for these nodes'],
];

function hintFor({ lost }: ServicePlacement): string {
  return HINTS.find(([filter]) => lost.some((loss) => loss.filter === filter))?.[1] ?? 'docker node ls shows which nodes are active and ready';
}
