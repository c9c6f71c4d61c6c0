import type { StackDocument } from '../compose/types.ts';
import { isGood, versionOf, wasEverGood } from './choose.ts';
import type { NodeEntry } from '../place/named-node.ts';
import type { StoredRelease } from './record.ts';
import { sameContent, withoutDigests, type Content } from './same-content.ts';
import { unreadNewest, type Records } from './unread.ts';

/** A release that would be deployed once more, and those that would be left by it, newest first. */
export interface OlderRelease {
  release: StoredRelease;
  since: readonly StoredRelease[];
}

/**
 * The release whose content this is, if others came after it that are left without a word: the directory may be of
 * before. None if it is what was deployed last, what runs, or what a rollback brought back; or if only rollbacks came
 * after it: then the bundle goes forward again. Versions of secrets and digests of images do not count.
 * @param nodes of the swarm
 */
export function findOlderRelease(
  history: Records<StoredRelease>,
  content: Content,
  nodes: readonly NodeEntry[],
): OlderRelease | undefined {
  const { releases } = history;
  const [newest] = releases;
  if (newest === undefined || unreadNewest(history) !== undefined) return undefined;
  const wanted = withoutVersions(content);
  const isSame = (release: StoredRelease): boolean => sameContent(withoutVersions(release), wanted, nodes);
  const good = releases.find(isGood);
  if ([newest, good].some((each) => each !== undefined && isSame(each))) return undefined;
  const release = releases.find((each) => wasHeld(each) && isSame(each));
  if (release === undefined) return undefined;
  // A release that was brought back has images by digest, and may have kept what does not go back.
  if ([newest, good].some((each) => each !== undefined && broughtBack(each, releases).includes(release.number)))
    return undefined;
  const since = releases.slice(0, releases.indexOf(release));
  return since.some((each) => wasHeld(each) && each.rollbackOf === undefined) ? { release, since } : undefined;
}

/**
 * The way back that deploying this content would leave, whatever was deployed before that: undefined if the newest
 * release is none, or the content is what it brought back. Digests of images do not count, nor do versions of
 * certificates.
 * @param nodes of the swarm
 * @param renewed keys of the document's secrets that are certificates which are renewed
 * @returns `secrets`: what the swarm has of those that the content has otherwise, if it is what was brought back but
 *   for them
 */
export function findUndoneWayBack(
  history: Records<StoredRelease>,
  content: Content,
  nodes: readonly NodeEntry[],
  renewed: ReadonlySet<string>,
): { wayBack: StoredRelease; secrets: string[] } | undefined {
  const { releases } = history;
  const [newest] = releases;
  if (newest?.rollbackOf === undefined || unreadNewest(history) !== undefined) return undefined;
  const wanted = withoutVersions(content);
  // It may have kept what does not go back.
  const brought = broughtBack(newest, releases);
  const same = releases
    .filter((each) => each === newest || brought.includes(each.number))
    .some((each) => sameContent(withoutVersions(each), wanted, nodes));
  if (!same) return { wayBack: newest, secrets: [] };
  const { secrets } = newest.document;
  const others = Object.entries(content.document.secrets).flatMap(([key, { name }]) => {
    const there = secrets[key]?.name ?? name;
    return renewed.has(key) || there === name ? [] : [there];
  });
  return others.length === 0 ? undefined : { wayBack: newest, secrets: others };
}

/** Whether the swarm held it as a whole; one that was not awaited, too. */
export function wasHeld(release: Pick<StoredRelease, 'state' | 'was'>): boolean {
  return wasEverGood(release) || release.state === 'deployed';
}

/** The releases that a rollback goes back to, over others. */
function broughtBack({ number: own, rollbackOf }: StoredRelease, releases: readonly StoredRelease[]): number[] {
  if (rollbackOf === undefined) return [];
  const past = releases.find(({ number }) => number === rollbackOf && number < own);
  return [rollbackOf, ...(past === undefined ? [] : broughtBack(past, releases))];
}

function withoutVersions(content: Content): Content {
  const { document, nodeLabels } = withoutDigests(content);
  const secrets = Object.entries(document.secrets).map(([key, { name }]) => [key, { name: versionOf(name)[0] }]);
  return { document: { ...document, secrets: Object.fromEntries(secrets) as StackDocument['secrets'] }, nodeLabels };
}
