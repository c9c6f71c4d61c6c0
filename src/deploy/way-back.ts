import type { CommandIo } from '../cli/io.ts';
import { reporterOf } from '../ui/reporter.ts';
import type { Loaded } from '../project/bundle-dir.ts';
import type { Engine, SwarmNode } from '../engine/port.ts';
import { usageError } from '../errors.ts';
import { rollbackTarget, sameContent } from '../release/choose.ts';
import { contentOf, type Deployable } from '../release/content.ts';
import { definedBy, needsBy } from '../release/defined-by.ts';
import {
  presentRelease,
  presentSecrets,
  replacedSecrets,
  replacedText,
  withPresentSecrets,
  type ReplacedSecret,
} from '../release/keep-secrets.ts';
import type { StoredRelease } from '../release/record.ts';
import { meansAnother } from '../release/same-secret.ts';
import { readHistory } from '../release/store.ts';
import { unreadAfter, unreadNewest } from '../release/unread.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { releaseAsBundle } from './release-bundle.ts';

/** What a rollback brings back. */
export interface WayBack {
  target: StoredRelease;
  /** The target as if it were the bundle. */
  past: Loaded;
  /** Secrets that were replaced since and stay as they are now. */
  kept: ReplacedSecret[];
  /** Secrets of which an older version comes back. */
  back: ReplacedSecret[];
  /** A release that cannot be read, whose secrets may be the present ones. */
  unread?: number | undefined;
}

/**
 * The release to go back to, with its secrets: those that were replaced since stay as they are, unless asked for; of a
 * deployment that failed, those that it replaced come back.
 * @param options.to number of the release; the last good one without it
 * @throws BundleError (exit 2) if there is no such release, if a later one cannot be read and `to` is not given, or if
 *   it differs in replaced secrets only; (exit 3) if it cannot run with the present secrets
 */
export async function wayBack(
  engine: Engine,
  loaded: Loaded,
  { to, withSecrets = false }: { to?: number | undefined; withSecrets?: boolean | undefined } = {},
): Promise<WayBack> {
  const { name, definition } = loaded.directory.bundle;
  const history = await readHistory(engine, name);
  const { releases } = history;
  const target = rollbackTarget(name, history, to);
  const needs = definedBy(target, [definition]).plan.secrets;
  const needsOf = needsBy(definition);
  const present = withSecrets ? undefined : presentRelease(releases);
  const { kept, ...changed } = present
    ? withPresentSecrets(name, target, presentSecrets(needs, releases, needsOf), needs, new Date())
    : { kept: [], lock: target.lock, document: target.document };
  const merged = { ...target, ...changed };
  const [newest] = releases;
  const isOfNewest = (need: SecretNeed): boolean => !(newest && meansAnother(newest, need, needsOf));
  const isLast = unreadNewest(history) === undefined;
  if (kept.length > 0 && isLast && newest && sameContent(merged, newest)) throw onlySecrets(name, target.number, kept);
  return {
    target,
    past: await releaseAsBundle(engine, loaded, merged),
    kept,
    back: replacedSecrets(merged, newest?.lock.secrets ?? {}, needs.filter(isOfNewest)),
    unread: withSecrets ? undefined : unreadAfter(history.unreadable, present?.number ?? 0),
  };
}

/** Whether a deployment of the bundle would leave the release that was brought back. */
export function goesForward(bundle: Deployable, past: Deployable, nodes: readonly SwarmNode[]): boolean {
  return !sameContent(contentOf(bundle, nodes), contentOf(past, nodes));
}

function onlySecrets(stack: string, number: number, kept: readonly ReplacedSecret[]): Error {
  return usageError(
    'only-secrets',
    `release ${number} of ${stack} differs from what was deployed last only in secrets that were replaced since: ` +
      `${replacedText(kept)}; nothing was changed`,
    ['--with-secrets brings back those of that release', '--to N names another release; `bundle history` lists them'],
  );
}

/** Says which release comes back, which secrets stay and which come back with it. */
export function tellWayBack(way: WayBack, io: CommandIo): void {
  const { target } = way;
  const reporter = reporterOf(io);
  reporter.step(`Back to release ${target.number} (${target.at}, ${target.by}, ${target.state}):`);
  tellSecrets(way, io);
}

/** The part of it that is about secrets. */
export function tellSecrets({ target, kept, back, unread }: Omit<WayBack, 'past'>, io: CommandIo): void {
  const reporter = reporterOf(io);
  if (kept.length > 0)
    reporter.warn(
      `secrets that were replaced since release ${target.number} stay as they are: ${replacedText(kept)}; ` +
        '--with-secrets brings back those of that release',
    );
  if (back.length > 0)
    reporter.warn(`with release ${target.number}, secrets that were replaced since come back: ${replacedText(back)}`);
  if (unread !== undefined)
    reporter.warn(
      `this version of bundle cannot read release ${unread}: secrets that were replaced with it come back with ` +
        `release ${target.number}`,
    );
}
