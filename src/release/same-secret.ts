import type { SecretNeed } from '../sdk/definition.ts';
import { toldNobody, wasEverGood } from './choose.ts';
import type { NeedsOf } from './defined-by.ts';
import type { StoredRelease } from './record.ts';
import { unreadAfter, type Records } from './unread.ts';

/**
 * Whether a release means this secret, and not another one by the same name: of another kind, of another account, or
 * one that other data goes by, or none.
 */
export function means(
  release: Pick<StoredRelease, 'answers' | 'number' | 'lock'>,
  need: SecretNeed,
  needsOf: NeedsOf,
): boolean {
  if (release.lock.secrets[need.secret]?.kind !== need.kind.name) return false;
  const needs = needsOf(release);
  // Of a release whose answers cannot be read, what its data goes by cannot be said either.
  if (needs === undefined) return (need.keptIn ?? []).length === 0;
  const other = needs.find(({ secret }) => secret === need.secret);
  return other !== undefined && isSameSecret(need, other);
}

/** Whether a release calls for another secret by this one's name, as far as its answers can be read. */
export function meansAnother(
  release: Pick<StoredRelease, 'answers' | 'number'>,
  need: SecretNeed,
  needsOf: NeedsOf,
): boolean {
  const other = needsOf(release)?.find(({ secret }) => secret === need.secret);
  return other !== undefined && !isSameSecret(need, other);
}

/** Whether two needs by one name are of one secret: what data goes by is that of the same data only. */
export function isSameSecret(
  { belongsTo, keptIn = [] }: Pick<SecretNeed, 'belongsTo' | 'keptIn'>,
  other: Pick<SecretNeed, 'belongsTo' | 'keptIn'>,
): boolean {
  if (belongsTo !== other.belongsTo) return false;
  return keptIn.length === 0 || keptIn.some((volume) => other.keptIn?.includes(volume));
}

/** What the records tell of the version that kept data goes by. */
export interface KeptVersion {
  /** The release whose version it was when its stack was last seen to run; undefined if there is none. */
  known: StoredRelease | undefined;
  /** Releases that did not end well since: what ran may have been told of theirs, or made its data by it. */
  maybe: StoredRelease[];
  /** The newest release since then of which this version of bundle cannot read the record, or the answers. */
  unread: number | undefined;
}

/** The version of a secret that data of the stack goes by. @param history newest first */
export function keptVersion(
  need: SecretNeed,
  { releases, unreadable }: Records<StoredRelease>,
  needsOf: NeedsOf,
): KeptVersion {
  const known = releases.find((release) => wasEverGood(release) && means(release, need, needsOf));
  const good = releases.find(wasEverGood);
  // After a good release that has no such data, nobody ran who could be told.
  const from = known && good && good !== known ? releases.indexOf(good) : 0;
  const since = releases.slice(from, known && releases.indexOf(known));
  const opaque = since.find(
    (release) => needsOf(release) === undefined && release.lock.secrets[need.secret]?.kind === need.kind.name,
  );
  const unread = Math.max(opaque?.number ?? 0, unreadAfter(unreadable, known?.number ?? 0) ?? 0);
  return {
    known,
    maybe: since.filter((release) => !wasEverGood(release) && !toldNobody(release) && means(release, need, needsOf)),
    unread: unread === 0 ? undefined : unread,
  };
}

/**
 * The newest good release of each volume whose data goes by a secret: only that version of it opens the data, also once
 * the answers have turned to something else. @param releases newest first
 */
export function dataReleases(releases: readonly StoredRelease[], needsOf: NeedsOf): StoredRelease[] {
  const seen = new Set<string>();
  return releases.filter(wasEverGood).filter((release) => {
    const volumes = (needsOf(release) ?? []).flatMap(({ keptIn = [] }) => keptIn);
    const fresh = volumes.filter((volume) => !seen.has(volume));
    for (const volume of fresh) seen.add(volume);
    return fresh.length > 0;
  });
}
