import type { SwarmNode } from '../engine/port.ts';
import { findNode, nodeWord } from '../place/named-node.ts';
import { listText } from '../place/words.ts';
import type { Release } from '../release/record.ts';
import type { Ensemble, MemberData, QuorumRefusal } from '../sdk/definition.ts';
import { nodeLabel } from '../sdk/helpers.ts';
import { allEnded } from '../swarm/jobs/all-ended.ts';
import type { Check, CheckContext, Finding, LiveSwarm } from './check.ts';
import { keptDirectories } from './kept-mounts.ts';
import { NOT_READ, READ_SECONDS, volumeAt } from './kept-volumes.ts';
import { isUntold } from './lost-volumes.ts';
import { readHoldings, untoldFindings, withNodes } from './member-data.ts';
import { ownService } from './own-service.ts';
import { earlierEntries, rejoinedNodes } from './rejoined-nodes.ts';
import { releasedLabels } from './released-labels.ts';

/**
 * Members with a volume, or a directory of the host, that stay on a node by its name, or come to one in place of a node
 * that is gone, and may start empty there. A check of its own: who lets one member move means no other's data.
 */
export const emptyMembers: Check = {
  name: 'empty-members',
  title: 'members find their data',
  offline: false,
  waitsFor: 'the engine, and jobs that look into volumes',
  limitSeconds: READ_SECONDS,
  async run(context, signal) {
    // The records count only if no task tells where data is.
    const { live, stack } = context;
    const released = live && isUntold(context) ? await releasedLabels(live, stack, { orAny: true }) : [];
    const looked = await lookInto(context, released, signal);
    const findings = [...(await rejoinedNodes(context, released, looked.told)), ...looked.findings];
    return findings.length > 0 ? findings : [{ level: 'ok', text: 'no member starts where its data was not' }];
  },
};

/** What came of looking at members that would start where their volumes are not known to be. */
interface Looked {
  findings: Finding[];
  /** Services of which it is known what their volumes hold. */
  told: ReadonlySet<string>;
}

/** A member that would start where it has not run, and whose former node is down or gone. */
interface Unseen {
  service: string;
  node: SwarmNode;
  /** Node label of its role. */
  key: string;
}

/**
 * Members of a quorum group that exist, and whose nodes came back under their names, or were replaced: nothing moves by
 * the plan, and all start at once. If they are enough to agree without the others, and start empty, what the group has
 * is dropped; so their volumes are looked into, and one that could not be told counts as empty. A member that is alone
 * has nobody else's to drop, unless services outside the group keep copies of what it had.
 * @param released node labels of the newest release whose tasks ran
 */
async function lookInto(
  context: CheckContext,
  released: Release['nodeLabels'],
  signal: AbortSignal | undefined,
): Promise<Looked> {
  const { live, plan } = context;
  if (live === undefined) return { findings: [], told: new Set() };
  const found = await allEnded(
    plan.ensembles.map(async (group) =>
      group.data === undefined ? [] : [await ofGroup(group, group.data, context, live, released, signal)],
    ),
  );
  return {
    findings: found.flat().flatMap(({ findings }) => findings),
    told: new Set(found.flat().flatMap(({ told }) => [...told])),
  };
}

async function ofGroup(
  group: Ensemble,
  data: MemberData,
  context: CheckContext,
  live: LiveSwarm,
  released: Release['nodeLabels'],
  signal: AbortSignal | undefined,
): Promise<Looked> {
  const { title, policy } = group;
  const exists = (name: string): boolean => ownService(context.stack, live.services, name) !== undefined;
  // What a group that grows has now is what agrees.
  const existing = group.services.filter(exists);
  const unseen = existing.flatMap((name) => unseenMember(name, context, live, released));
  const copied = data.copies?.services.some(exists) === true ? data.copies : undefined;
  const areEnough = (members: readonly Unseen[]): boolean =>
    (existing.length > 1 || copied !== undefined) &&
    policy.worksWith(
      members.map(({ service }) => service),
      existing,
    );
  if (!areEnough(unseen)) return { findings: [], told: new Set() };
  // If no member is left that has it, none can start first and give it to the others.
  const lossOf = (members: readonly Unseen[]): QuorumRefusal | undefined =>
    members.length === existing.length ? copied?.withoutGroup : undefined;
  const dropped = lossOf(unseen)?.why ?? DROPPED;
  if (!context.mayStartJobs) {
    const text = `${title}: if ${withNodes(unseen)} start empty, ${dropped}; ${NOT_READ}`;
    return { findings: [{ level: 'unsure', text }], told: new Set() };
  }
  const members = unseen.flatMap(({ service }) => volumeAt(context, live, { service, path: data.directory }) ?? []);
  const holdings = await readHoldings('empty-members', data, members, context, live, signal);
  const namesIn = (some: readonly { service: string }[]): Set<string> => new Set(some.map(({ service }) => service));
  const [full, empty] = [namesIn(holdings.full), namesIn(holdings.empty)];
  const findings = untoldFindings(holdings);
  const told = new Set([...full, ...empty]);
  const away: Away = {
    empty: unseen.filter(({ service }) => empty.has(service)),
    untold: unseen.filter(({ service }) => !told.has(service)),
  };
  const found = `${title}: ${words(away)}`;
  const without = [...away.empty, ...away.untold];
  const loss = lossOf(without);
  if (areEnough(without))
    findings.push({
      level: 'error',
      text: `${found}: ${loss?.why ?? DROPPED}`,
      hint: [...lookFirst(away, context), ...(loss === undefined ? startOne(away, live) : giveUp(loss))].join('; '),
    });
  else if (away.empty.length > 0) findings.push({ level: 'warning', text: `${found}: it comes from the others` });
  return { findings, told };
}

const DROPPED = 'they are enough to agree without the others, and what the group has is dropped';

/** Members without their data, as far as it could be told. */
interface Away {
  empty: Unseen[];
  untold: Unseen[];
}

function words({ empty, untold }: Away): string {
  return [
    ...(empty.length === 0 ? [] : [`${withNodes(empty)} ${empty.length === 1 ? 'finds' : 'find'} no data there`]),
    ...(untold.length === 0 ? [] : [`of ${withNodes(untold)} it could not be told`]),
  ].join(', and ');
}

/** What to look at by hand. */
function lookFirst({ untold }: Away, context: CheckContext): string[] {
  const directories = keptDirectories(
    context,
    untold.map(({ service }) => service),
  );
  const unread = directories.length === 0 ? 'the volumes' : `${listText(directories)} of those`;
  return untold.length === 0
    ? []
    : [`look at ${unread} that could not be told: if they hold data, go on with --ignore empty-members`];
}

/** Its label lets swarm start one member, whose service is there; the next deployment finds it where it runs. */
function startOne({ empty, untold }: Away, { nodes }: LiveSwarm): string[] {
  const start = [...empty, ...untold]
    .slice(0, 1)
    .map(
      ({ service, node, key }) => `docker node update --label-add ${key}=true ${nodeWord(nodes, node)} (${service})`,
    );
  return [
    'if what they had is on other disks, bring those back',
    `if it is lost, let one of them start first: ${start.join('')}, and run this command again once it has what the ` +
      'others have, for which README.md of this bundle says how to ask; if the others have nothing either, go on ' +
      'with --ignore empty-members',
  ];
}

const giveUp = ({ hint }: QuorumRefusal): string[] => [
  hint,
  'if what is lost by it is given up, go on with --ignore empty-members',
];

function unseenMember(
  service: string,
  context: CheckContext,
  { nodes }: LiveSwarm,
  released: Release['nodeLabels'],
): Unseen[] {
  const role = context.plan.placements.find(({ services }) => services.includes(service));
  const { node } = findNode(nodes, role?.nodes[0] ?? '');
  if (role === undefined || node === undefined) return [];
  const key = nodeLabel(context.stack, role.role);
  const before = earlierEntries(service, key, context, released);
  // One whose former node is up leaves its data there, which is told as that.
  const isAway = before.length > 0 && before.every(({ id, state }) => id !== node.id && state === 'down');
  return isAway ? [{ service, node, key }] : [];
}
