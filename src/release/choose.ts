import type { StackDocument } from '../compose/types.ts';
import type { SwarmSecret } from '../engine/port.ts';
import { usageError } from '../errors.ts';
import type { NodeEntry } from '../place/named-node.ts';
import type { Release, StoredRelease } from './record.ts';
import { ranTheSame, sameContent, type Content } from './same-content.ts';
import { NOT_CONVERGED, UNSTABLE, VERIFICATION_FAILED } from './states.ts';
import { numberIn, unreadAfter, unreadNewest, unreadRelease, type Records } from './unread.ts';

/** Of a stack without a record: why, and what makes one. */
export const NO_RELEASE = {
  why: (stack: string): string =>
    `the swarm has no release of ${stack} that can be read: nothing was deployed with bundle, or its records were ` +
    'removed, or are of another version of bundle',
  hint: '`bundle deploy` records one; what already runs as stack.yml says, by hand too, it leaves as it is',
};

/** Records kept in the swarm. */
const KEPT = 10;

/** Every task of it ran and stayed; if verification was asked for, it passed. */
export function isGood({ state }: Pick<StoredRelease, 'state'>): boolean {
  return state === 'verified' || state === 'converged';
}

/**
 * Also of one that failed, or did not end, when it was deployed again later: it is no release to go back to, but its
 * secrets and node labels were those of a stack that ran.
 */
export function wasEverGood({ state, was }: Pick<StoredRelease, 'state' | 'was'>): boolean {
  return was !== undefined || isGood({ state });
}

/** Whether it found nobody to tell of its secrets, and left every service as it was. */
export const toldNobody = ({ note }: Pick<StoredRelease, 'note'>): boolean => note === 'nobody-to-tell';

/** Notes that judge a release as a whole. */
const VERDICTS: readonly string[] = [NOT_CONVERGED, VERIFICATION_FAILED, UNSTABLE];

/**
 * Whether it stopped on its way: it was killed, or failed before the swarm held it as a whole, or for a reason that is
 * no verdict on it, such as an engine that could not be asked.
 */
function stoppedMidway({ state, note, images }: Pick<StoredRelease, 'state' | 'note' | 'images'>): boolean {
  if (state !== 'failed') return !isGood({ state });
  return !VERDICTS.includes(note) || Object.keys(images).length === 0;
}

/** Whether it is a rollback that the same command, run again, goes on with. */
export function isOpenRollback(release: StoredRelease): boolean {
  return release.rollbackOf !== undefined && release.was === undefined && stoppedMidway(release);
}

/** The newest record, if it can be read and asks the same: the same command run again goes on with it. */
export function reusable<R extends Pick<Release, 'number'> & Content>(
  history: Records<R>,
  content: Content,
): R | undefined {
  if (unreadNewest(history) !== undefined) return undefined;
  return history.releases.slice(0, 1).find((newest) => sameContent(newest, content));
}

/**
 * The last ten, and however old the last good one and the one whose secrets are the present ones: what failed ten times
 * must still be able to go back. So must data that the stack keeps: nothing else has its secrets. @param releases
 * newest first @param ofData `dataReleases`
 */
export function keptReleases<R extends Pick<StoredRelease, 'state' | 'was'>>(
  releases: readonly R[],
  ofData: readonly R[],
): R[] {
  const needed = [releases.find(isGood), releases.find(wasEverGood), ...ofData];
  return releases.filter((release, index) => index < KEPT || needed.includes(release));
}

/**
 * The release to go back to: the one asked for; the one that a rollback was about to bring back when it stopped; or the
 * newest good one that ran something else than what was deployed last.
 * @param nodes of the swarm
 * @throws BundleError (exit 2) if there is none, or if a later one, which may be that, cannot be read
 */
export function rollbackTarget(
  stack: string,
  { releases, unreadable }: Records<StoredRelease>,
  nodes: readonly NodeEntry[],
  to?: number,
): StoredRelease {
  const history = ['`bundle history` lists them'];
  const [newest] = releases;
  if (!newest) throw usageError('no-release', NO_RELEASE.why(stack), [NO_RELEASE.hint]);
  if (to !== undefined) {
    const found = releases.find(({ number }) => number === to);
    if (!found && unreadable.some((name) => numberIn(name) === to)) throw unreadRelease(stack, to);
    if (!found)
      throw usageError(
        'no-release',
        `there is no release ${to} of ${stack}; kept are ${releases.map(({ number }) => number).join(', ')}`,
        history,
      );
    return found;
  }
  const stopped = isOpenRollback(newest);
  // Otherwise the same command, run again, would bring back what the first run was to leave.
  const target = stopped
    ? (releases.find(({ number }) => number === newest.rollbackOf) ?? newest)
    : releases.find((release) => release !== newest && isGood(release) && !ranTheSame(release, newest, nodes));
  const unread = unreadAfter(unreadable, stopped ? newest.number : (target?.number ?? 0));
  if (unread !== undefined)
    throw unreadRelease(stack, unread, (unread > newest.number ? releases.find(isGood) : target)?.number);
  if (!target)
    throw usageError('no-release', `${stack} has no earlier good release to go back to`, [
      ...passedReleases(releases, nodes).map(passedText),
      ...history,
      '--to N names one that is not known to be good',
    ]);
  return target;
}

/**
 * The releases that a rollback passes by though they were good once: they failed since, and what by cannot be told from
 * the records. It may have been an outage of what they need.
 * @param releases newest first, which is the one that is left
 * @param nodes of the swarm
 * @param target what it takes instead; undefined if there is none
 */
export function passedReleases(
  releases: readonly StoredRelease[],
  nodes: readonly NodeEntry[],
  target?: StoredRelease,
): StoredRelease[] {
  const [newest] = releases;
  if (newest === undefined || isOpenRollback(newest)) return [];
  const isNoOther = (release: StoredRelease): boolean =>
    [newest, ...(target ? [target] : [])].some((each) => ranTheSame(release, each, nodes));
  const between = releases.slice(1, target && releases.indexOf(target));
  return between.filter((release) => wasEverGood(release) && !isGood(release) && !isNoOther(release));
}

/** Why such a release is passed by, and how to have it all the same. */
export function passedText({ number, was = 'converged', state, note }: StoredRelease): string {
  const again = state === 'deployed' ? 'and nobody awaited it (`bundle verify` marks it)' : 'which did not end';
  const since = state === 'failed' ? `failed since (${note})` : `was deployed once more, ${again}`;
  return (
    `release ${number} is passed by: it was ${was}, and ${since}; if the cause lay outside of it, such as a store that ` +
    `was down, \`bundle rollback --to ${number}\` brings it back`
  );
}

/**
 * The releases after the last one that the swarm held as a whole: nobody knows how much was done of each, but for those
 * that found nobody to tell of their secrets. @param releases newest first
 */
export function unfinishedReleases<R extends Pick<StoredRelease, 'state' | 'note' | 'images'>>(
  releases: readonly R[],
): R[] {
  const last = lastWhole(releases);
  return releases.slice(0, last && releases.indexOf(last)).filter((release) => !toldNobody(release));
}

/** The last release that the swarm held as a whole, and that told all it had to tell. @param releases newest first */
export function lastWhole<R extends Pick<StoredRelease, 'state' | 'images'>>(releases: readonly R[]): R | undefined {
  return releases.find((release) => isGood(release) || Object.keys(release.images).length > 0);
}

/**
 * Secrets of ours that nothing needs any more: older versions of what the document names, in no kept release. A newer
 * version may be somebody's who is ahead of us; a secret that the document has no version of may be wanted again when
 * its answer is turned on; and what a record needs that cannot be read, nobody can tell.
 */
export function staleSecrets(
  secrets: readonly SwarmSecret[],
  { kept, unreadable }: { kept: readonly Pick<Release, 'document'>[]; unreadable: readonly string[] },
  now: { document: StackDocument },
): SwarmSecret[] {
  if (unreadable.length > 0) return [];
  const needed = new Set(
    [...kept, now].flatMap(({ document }) => Object.values(document.secrets).map(({ name }) => name.toLowerCase())),
  );
  const current = new Map(Object.values(now.document.secrets).map(({ name }) => versionOf(name)));
  return secrets.filter(({ name }) => {
    const [base, version] = versionOf(name);
    return !needed.has(name.toLowerCase()) && version < (current.get(base) ?? 0);
  });
}

/**
 * A secret's name without its version, in small letters as a swarm compares it, and the version; Infinity if it has
 * none.
 */
export function versionOf(name: string): [base: string, version: number] {
  const [, base = name, version = ''] = /^(.*)\.v(\d+)$/.exec(name) ?? [];
  return [base.toLowerCase(), version === '' ? Infinity : Number(version)];
}
