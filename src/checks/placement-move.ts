import { nodeLabel } from '../sdk/helpers.ts';
import type { SwarmNode } from '../engine/port.ts';
import { bears, findNode, isOneMachine, nodeWord } from '../place/named-node.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { dataNodes, type DataNodes } from './data-nodes.ts';

/**
 * A local volume stays on its node: a member that moves finds an empty one, and so does one that a stray label lets
 * start elsewhere.
 */
export const placementMove: Check = {
  name: 'placement-move',
  title: 'volumes stay where they are',
  offline: false,
  run(context) {
    const findings = context.plan.placements.flatMap((placement) => roleFindings(placement, context));
    return findings.length > 0 ? findings : [{ level: 'ok', text: 'no member with a volume changes its node' }];
  },
};

function roleFindings(
  { role, nodes: wanted, services }: CheckContext['plan']['placements'][number],
  context: CheckContext,
): Finding[] {
  const nodes = context.live?.nodes ?? [];
  const found = wanted.map((name) => findNode(nodes, name).node);
  const withVolume = services.filter((service) =>
    (context.document.services[service]?.volumes ?? []).some(({ type }) => type === 'volume'),
  );
  // A node that cannot be told is reported as that, and then no label of the role is taken away.
  if (withVolume.length === 0 || found.includes(undefined)) return [];
  const targets = found.filter((node) => node !== undefined);
  const key = nodeLabel(context.stack, role);
  const elsewhere = (node: SwarmNode): boolean => !targets.some((target) => isOneMachine(nodes, target, node));
  const labelled = nodes.filter((node) => bears(node, key));
  // Where it runs, or ran last, counts before a label: anybody can set one, and no data follows it.
  const seen = withVolume.map((service) => ({ service, data: dataNodes(context, service) }));
  const places = seen.map(({ service, data }) => ({
    service,
    data: data?.now ?? (labelled.every(elsewhere) ? labelled : targets),
  }));
  const before = seen
    .flatMap(({ data }) => data?.before ?? [])
    .filter((node) => targets.includes(node) && labelled.includes(node));
  const leaving = [...new Set(places.flatMap(({ data }) => data))].filter(elsewhere);
  return [
    ...leaving.map((node): Finding => ({
      level: 'error',
      text: `${places
        .filter(({ data }) => data.includes(node))
        .map(({ service }) => service)
        .join(', ')} would move from ${node.hostname} to ${wanted.join(', ')} and leave its volume behind`,
      hint:
        before.length > 0 && labelled.includes(node)
          ? `it ran on ${namesOf(before)} before: if that volume counts, ${broughtBack(before)}docker node update ` +
            `--label-rm ${key} ${nodeWord(nodes, node)} lets swarm start it there again; else name ` +
            `${nodeWord(nodes, node)} in bundle.yaml`
          : `put it back on ${nodeWord(nodes, node)} in bundle.yaml, or move the data first and go on with ` +
            '--ignore placement-move',
    })),
    ...labelled
      .filter((node) => elsewhere(node) && !leaving.includes(node))
      .map((node): Finding => ({
        level: 'warning',
        text:
          `${node.hostname} bears the label ${key} too: ${withVolume.join(', ')} might start there on an empty ` +
          `volume; ${whereText(seen, targets)}`,
        hint: `docker node update --label-rm ${key} ${nodeWord(nodes, node)}`,
      })),
  ];
}

/** What comes first if swarm can start nothing on any of these nodes. */
function broughtBack(before: readonly SwarmNode[]): string {
  if (before.some(({ state, availability }) => state === 'ready' && availability === 'active')) return '';
  const states = before.map(({ state, availability }) => (state === 'ready' ? availability : state));
  return `bring ${namesOf(before)} back first (${[...new Set(states)].join(', ')}); then `;
}

function whereText(seen: readonly { data: DataNodes | undefined }[], targets: readonly SwarmNode[]): string {
  const data = [...new Set(seen.flatMap((each) => each.data?.now ?? []))];
  return data.length > 0 ? `its volume is on ${namesOf(data)}` : `bundle.yaml has it on ${namesOf(targets)}`;
}

const namesOf = (nodes: readonly SwarmNode[]): string => [...new Set(nodes.map(({ hostname }) => hostname))].join(', ');
