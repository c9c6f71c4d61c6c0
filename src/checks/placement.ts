import { conflictText, roomText, stuckHint, stuckText, unplaceableText } from '../place/describe.ts';
import type { FilterName } from '../place/filter-names.ts';
import { findNode, joinedAgain, nodeWord, type NamedNode } from '../place/named-node.ts';
import { removeEntries, stillCounts } from '../place/old-entries.ts';
import type { ServicePlacement } from '../place/simulate.ts';
import { isUnheard, type SwarmNode } from '../engine/port.ts';
import type { Release } from '../release/record.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { forecastOf } from './forecast.ts';
import { noSuchNode, recordedNames } from './no-such-node.ts';
import { UNHEARD_HINT, unheardText } from './unheard.ts';

/** The word for --ignore. */
export const PLACEMENT_CHECK = 'placement';

/**
 * The nodes that the bundle names are there and take tasks; then, for every service, what swarm's scheduler would say,
 * in the end and in its turn.
 */
export const placement: Check = {
  name: PLACEMENT_CHECK,
  title: 'placement',
  offline: false,
  async run(context) {
    const { services, nodes, conflicts, stuck } = await forecastOf(context);
    const { findings, explained } = namedNodes(context, services, await recordedNames(context));
    const left = services.filter(
      (service) => service.verdict === 'unplaceable' && !explained.has(service.service) && !lacksPort(service),
    );
    const all: Finding[] = [
      ...findings,
      ...left.map((service): Finding => ({ level: 'error', text: unplaceableText(service), hint: hintFor(service) })),
      ...conflicts.map((conflict): Finding => ({
        level: conflict.certainty === 'impossible' ? 'error' : 'warning',
        text: conflictText(conflict),
        hint: 'give one of them another node or port, or reserve less',
      })),
      ...(stuck ? [{ level: 'error', text: stuckText(stuck), hint: stuckHint(stuck) } satisfies Finding] : []),
    ];
    return [
      ...(all.length > 0 ? all : [{ level: 'ok', text: 'every service has a ready node' } satisfies Finding]),
      { level: 'ok', text: `free when deployed: ${roomText(nodes)}` },
    ];
  },
};

/** True if a taken port is what keeps the service from a node: the check of host ports reports it. */
export function lacksPort({ verdict, lost }: ServicePlacement): boolean {
  return verdict === 'unplaceable' && lost.some((loss) => loss.filter === 'host-port');
}

/** Nodes that the bundle names and that are of no use; and the services whose trouble that explains. */
function namedNodes(
  { plan, live, named }: CheckContext,
  forecast: readonly ServicePlacement[],
  released: Release['nodeLabels'],
): { findings: Finding[]; explained: Set<string> } {
  const nodes = live?.nodes ?? [];
  const explained = new Set<string>();
  const settled = new Set(forecast.filter(({ staying, wanted }) => staying >= wanted).map(({ service }) => service));
  const findings = [...new Set(plan.placements.flatMap((each) => each.nodes))].flatMap((wanted): Finding[] => {
    const services = plan.placements.filter((each) => each.nodes.includes(wanted)).flatMap((each) => each.services);
    const found = findNode(nodes, wanted);
    // A paused node keeps what it has.
    const staying = found.node?.state === 'ready' && found.node.availability === 'pause' ? settled : new Set<string>();
    const starting = services.filter((service) => !staying.has(service));
    const trouble =
      starting.length === 0
        ? undefined
        : found.all.length === 0
          ? noSuchNode(wanted, whomText(starting), { nodes, released, named })
          : nodeTrouble(wanted, whomText(starting), nodes, found);
    if (trouble !== undefined) for (const service of starting) explained.add(service);
    return [
      ...(trouble === undefined ? [] : [trouble]),
      ...pausedFor(
        wanted,
        services.filter((service) => staying.has(service)),
        nodes,
        found,
      ),
      ...oldEntries(found, nodes),
    ];
  });
  return { findings, explained };
}

const whomText = (services: readonly string[]): string =>
  services.length > 3 ? `${services.slice(0, 3).join(', ')} and ${services.length - 3} more` : services.join(', ');

/** What waits for a paused node that has all its tasks: an end of one of them. */
function pausedFor(
  wanted: string,
  staying: readonly string[],
  nodes: readonly SwarmNode[],
  { node }: NamedNode<SwarmNode>,
): Finding[] {
  if (node === undefined || staying.length === 0) return [];
  return [
    {
      level: 'warning',
      text:
        `node ${wanted} is set to pause: what runs of ${whomText(staying)} stays, but what ends does not start there ` +
        'again',
      hint: activeHint(nodes, node),
    },
  ];
}

const activeHint = (nodes: readonly SwarmNode[], node: SwarmNode): string =>
  `docker node update --availability active ${nodeWord(nodes, node)}`;

function nodeTrouble(
  wanted: string,
  whom: string,
  nodes: readonly SwarmNode[],
  { node, all }: NamedNode<SwarmNode>,
): Finding | undefined {
  if (node === undefined) return severalNodes(wanted, all, nodes);
  if (isUnheard(node))
    return {
      level: 'error',
      text: `${unheardText(`node ${wanted}`)}; ${whom} cannot start there yet`,
      hint: UNHEARD_HINT,
    };
  if (node.state !== 'ready') {
    const again = joinedAgain(nodes, node);
    const hint =
      again === undefined
        ? 'bring it back (if Docker runs there, restart it), or name another node'
        : `${node.hostname} joined again as ${again.id}: name ${node.hostname} in bundle.yaml, then ` +
          removeEntries([node]);
    const counts = again === undefined ? '' : stillCounts(nodes, [node]);
    return { level: 'error', text: `node ${wanted} is ${node.state}${counts}; ${whom} cannot start there`, hint };
  }
  if (node.availability === 'active') return undefined;
  return {
    level: 'error',
    text: `node ${wanted} is set to ${node.availability}; ${whom} cannot start there`,
    hint: activeHint(nodes, node),
  };
}

/** Why it cannot be told which of several entries is meant. */
function severalNodes(wanted: string, all: readonly SwarmNode[], nodes: readonly SwarmNode[]): Finding {
  const text =
    `${all.length} nodes are called "${wanted}": ` +
    `${all.map(({ id, state, address }) => `${id} (${state}, ${address})`).join(', ')}`;
  const down = all.filter(({ state }) => state === 'down');
  const counts = stillCounts(nodes, down);
  if (down.length === all.length)
    return {
      level: 'error',
      text: counts === '' ? text : `${text}; they are down${counts}`,
      hint:
        `none of them is ready: start Docker on ${wanted}, or restart it if it runs; what takes entries away that are of no use any more: ` +
        down.map((entry) => removeEntries([entry])).join('; or '),
    };
  const idsOf = (nodes: readonly SwarmNode[]): string => nodes.map(({ id }) => id).join(', ');
  const rest = all.filter((node) => !down.includes(node));
  const byId = `if they are different machines, name one by its id: ${idsOf(rest)}`;
  const unheard = all.filter(isUnheard);
  return {
    level: 'error',
    text,
    hint:
      unheard.length > 0
        ? `${unheardText(idsOf(unheard))}: ${UNHEARD_HINT}; ${byId}`
        : `if it left and joined again a moment ago, wait until one of them is down; ${byId}`,
  };
}

function oldEntries({ node, old }: NamedNode<SwarmNode>, nodes: readonly SwarmNode[]): Finding[] {
  if (node === undefined || old.length === 0) return [];
  const ids = old.map(({ id }) => id);
  const [entries, are] = old.length === 1 ? ['entry', 'is'] : ['entries', 'are'];
  return [
    {
      level: 'warning',
      text:
        `${node.hostname} joined the swarm again as ${node.id}, which is taken; its old ${entries} ` +
        `${ids.join(', ')} ${are} down${stillCounts(nodes, old)}`,
      hint: removeEntries(old),
    },
  ];
}

const HINTS: [FilterName, string][] = [
  ['resources', 'reserve less in bundle.yaml, name a larger node, or move other services off'],
  ['max-replicas', 'fewer replicas, or more nodes'],
  ['platform', 'use an image made for these nodes'],
];

function hintFor({ lost }: ServicePlacement): string {
  return (
    HINTS.find(([filter]) => lost.some((loss) => loss.filter === filter))?.[1] ??
    'docker node ls shows which nodes are active and ready'
  );
}
