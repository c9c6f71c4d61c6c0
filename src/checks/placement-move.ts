import { nodeLabel } from '../sdk/helpers.ts';
import type { SwarmNode } from '../engine/port.ts';
import { bears, findNode, isOneMachine, nodeWord } from '../place/named-node.ts';
import { listText } from '../place/words.ts';
import type { Release } from '../release/record.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { dataNodes, type DataNodes } from './data-nodes.ts';
import { keepingServices, keptDirectories, keptText, keptWord, withoutDataText } from './kept-mounts.ts';
import { isUntold, lostVolumes } from './lost-volumes.ts';
import { releasedLabels } from './released-labels.ts';

/**
 * A local volume stays on its node, and so does a directory of the host: a member that moves finds an empty one, and so
 * does one that a stray label lets start elsewhere. Of nodes that joined again `emptyMembers` speaks.
 */
export const placementMove: Check = {
  name: 'placement-move',
  title: 'data stays where it is',
  offline: false,
  async run(context) {
    let findings = roles(context, []);
    // The records count only if a member would leave its data, or if no task tells where that is.
    if (context.live && (findings.some(({ level }) => level === 'error') || isUntold(context))) {
      findings = roles(context, await releasedLabels(context.live, context.stack));
    }
    return findings.length > 0 ? findings : [{ level: 'ok', text: 'no member that keeps data changes its node' }];
  },
};

const roles = (context: CheckContext, released: Release['nodeLabels']): Finding[] =>
  context.plan.placements.flatMap((placement) => roleFindings(placement, context, released));

function roleFindings(
  { role, nodes: wanted, services }: CheckContext['plan']['placements'][number],
  context: CheckContext,
  released: Release['nodeLabels'],
): Finding[] {
  const nodes = context.live?.nodes ?? [];
  const found = wanted.map((name) => findNode(nodes, name).node);
  const keeping = keepingServices(context, services);
  // A node that cannot be told is reported as that, and then no label of the role is taken away.
  if (keeping.length === 0 || found.includes(undefined)) return [];
  const word = keptWord(context, keeping);
  const targets = found.filter((node) => node !== undefined);
  const key = nodeLabel(context.stack, role);
  const elsewhere = (node: SwarmNode): boolean => !targets.some((target) => isOneMachine(nodes, target, node));
  const labelled = nodes.filter((node) => bears(node, key));
  // Where it runs, or ran last, counts before a label: anybody can set one, and no data follows it.
  const seen = keeping.map((service) => ({ service, data: dataNodes(context, service) }));
  const places = seen.map(({ service, data }) => ({
    service,
    data: data?.now ?? (labelled.every(elsewhere) ? labelled : targets),
  }));
  const recorded = targets.filter(({ id }) => released.some((label) => label.key === key && label.nodeId === id));
  const earlier = (from: SwarmNode): SwarmNode[] =>
    seen
      .filter(({ data }) => data === undefined || data.now.includes(from))
      .flatMap(({ data }) => [...(data?.before ?? []).filter((node) => targets.includes(node)), ...recorded]);
  const leaving = [...new Set(places.flatMap(({ data }) => data))].filter(elsewhere);
  return [
    ...lostVolumes({ role, services, targets }, context, released),
    ...leaving.map((node): Finding => {
      const members = places.filter(({ data }) => data.includes(node)).map(({ service }) => service);
      return {
        level: 'error',
        text:
          `${members.join(', ')} would move from ${node.hostname} to ${wanted.join(', ')} and leave its ` +
          `${keptText(context, members)} behind`,
        hint:
          leavingHint(node, { ...{ before: earlier(node), labelled, nodes, key }, word: keptWord(context, members) }) +
          unseenText(keptDirectories(context, members)) +
          withoutDataText(context, members),
      };
    }),
    ...labelled
      .filter((node) => elsewhere(node) && !leaving.includes(node))
      .map((node): Finding => ({
        level: 'warning',
        text:
          `${node.hostname} bears the label ${key} too: ${keeping.join(', ')} might start there ` +
          `${word === 'volume' ? 'on an empty volume' : 'without its data'}; ${whereText(seen, targets, word)}`,
        hint: `docker node update --label-rm ${key} ${nodeWord(nodes, node)}`,
      })),
  ];
}

/** Which one counts is not known here: what brings back each. */
function leavingHint(
  node: SwarmNode,
  on: { before: SwarmNode[]; labelled: SwarmNode[]; nodes: SwarmNode[]; key: string; word: string },
): string {
  const { before, labelled, nodes, key, word: kept } = on;
  const word = nodeWord(nodes, node);
  if (before.length === 0)
    return node.state !== 'down'
      ? `put it back on ${word} in bundle.yaml, or move the data first and go on with --ignore placement-move`
      : `bring ${word} back (${node.state}) and put it back there in bundle.yaml; if it is lost for good, and its ` +
          'data with it, go on with --ignore placement-move';
  const ran = `it ran on ${namesOf(before)} before: if that ${kept} counts, ${broughtBack(before)}`;
  // With its label there too, swarm starts it there by itself.
  return labelled.includes(node) && before.some((each) => labelled.includes(each))
    ? `${ran}docker node update --label-rm ${key} ${word} lets swarm start it there again; else name ${word} in bundle.yaml`
    : `${ran}--ignore placement-move brings it back there; if the one on ${node.hostname} counts, name ${word} in ` +
        'bundle.yaml';
}

/** What comes first if swarm can start nothing on any of these nodes. */
function broughtBack(before: readonly SwarmNode[]): string {
  if (before.some(({ state, availability }) => state !== 'down' && availability === 'active')) return '';
  const states = before.map(({ state, availability }) => (state === 'down' ? state : availability));
  return `bring ${namesOf(before)} back first (${[...new Set(states)].join(', ')}); then `;
}

/** A network file system, or what was copied, cannot be told from an empty directory of that name. */
const unseenText = (directories: readonly string[]): string =>
  directories.length === 0
    ? ''
    : `; --ignore placement-move too if what is in ${listText(directories)} is on both nodes (a network file system), ` +
      'or there already, which cannot be seen from here';

function whereText(
  seen: readonly { data: DataNodes | undefined }[],
  targets: readonly SwarmNode[],
  word: string,
): string {
  const data = [...new Set(seen.flatMap((each) => each.data?.now ?? []))];
  return data.length > 0 ? `its ${word} is on ${namesOf(data)}` : `bundle.yaml has it on ${namesOf(targets)}`;
}

const namesOf = (nodes: readonly SwarmNode[]): string => [...new Set(nodes.map(({ hostname }) => hostname))].join(', ');
