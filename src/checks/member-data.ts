import type { MemberData } from '../sdk/definition.ts';
import type { CheckContext, Finding, LiveSwarm } from './check.ts';
import { readKept, type KeptVolume } from './kept-volumes.ts';

/** What the job prints of a member that has data. */
const FULL = 'has data';

/** Members of a quorum group by what their volumes hold. */
export interface Holdings {
  full: KeptVolume[];
  empty: KeptVolume[];
  untold: { member: KeptVolume; why: string }[];
}

/**
 * Looks into the volumes of members of one group, by jobs on their nodes.
 * @param kind label value of the jobs
 * @throws BundleError what the engine says; the signal's reason
 */
export async function readHoldings(
  kind: string,
  { files }: MemberData,
  members: readonly KeptVolume[],
  context: CheckContext,
  live: LiveSwarm,
  signal: AbortSignal | undefined,
): Promise<Holdings> {
  const read = await readKept(kind, scriptFor(files), members, context, live, signal);
  const results = new Map(read.map(({ kept, result }) => [kept, result]));
  const told = members.filter((member) => results.get(member)?.ok !== false);
  const isFull = (member: KeptVolume): boolean => results.get(member)?.lines.includes(FULL) === true;
  return {
    full: told.filter(isFull),
    empty: told.filter((member) => !isFull(member)),
    untold: read.filter(({ result }) => !result.ok).map(({ kept, result }) => ({ member: kept, why: result.text })),
  };
}

/** What was read of some of those that were looked into. */
export const holdingsAmong = ({ full, empty, untold }: Holdings, some: readonly KeptVolume[]): Holdings => ({
  full: full.filter((member) => some.includes(member)),
  empty: empty.filter((member) => some.includes(member)),
  untold: untold.filter(({ member }) => some.includes(member)),
});

/** A directory that cannot be listed is not taken for an empty one. */
const scriptFor = (files: readonly string[]): string =>
  `[ -e "$1" ] || exit 0; cd "$1" && ls > /dev/null || exit 1; ` +
  `for file in ${files.join(' ')}; do if [ -s "$file" ]; then echo '${FULL}'; break; fi; done`;

/** Of each member that was not told, why. */
export const untoldFindings = ({ untold }: Pick<Holdings, 'untold'>): Finding[] =>
  untold.map(({ member: { volume, node }, why }) => ({
    level: 'unsure',
    node: node.hostname,
    text: `could not tell whether volume ${volume} holds data from before: ${why}`,
    hint: `on ${node.hostname}: docker volume inspect ${volume}`,
  }));

/** `member-2 (node2), member-3 (node3) find`, for sentences. */
export const whoFind = (members: readonly KeptVolume[]): string =>
  `${withNodes(members)} ${members.length === 1 ? 'finds' : 'find'}`;

/** `member-2 (node2) finds none, and of member-3 (node3) it could not be told` */
export function findNone({ empty, untold }: Pick<Holdings, 'empty' | 'untold'>): string {
  const unknown = untold.map(({ member }) => member);
  return [
    ...(empty.length === 0 ? [] : [`${whoFind(empty)} none`]),
    ...(unknown.length === 0 ? [] : [`of ${withNodes(unknown)} it could not be told`]),
  ].join(', and ');
}

/** The way out for who wants none of the data. */
export const startEmpty = (full: readonly KeptVolume[]): string =>
  `to start empty, remove the volumes that were kept (${full
    .map(({ volume, node }) => `${volume} on ${node.hostname}`)
    .join(', ')}), which deletes their data for good`;

/** `member-2 (node2), member-3 (node3)`, for sentences. */
export const withNodes = (members: readonly Pick<KeptVolume, 'service' | 'node'>[]): string =>
  members.map(({ service, node }) => `${service} (${node.hostname})`).join(', ');
