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

/** `member-2 (node2), member-3 (node3)`, for sentences. */
export const withNodes = (members: readonly Pick<KeptVolume, 'service' | 'node'>[]): string =>
  members.map(({ service, node }) => `${service} (${node.hostname})`).join(', ');
