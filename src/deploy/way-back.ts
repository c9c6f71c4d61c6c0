import type { CommandIo } from '../cli/io.ts';
import { reporterOf } from '../ui/reporter.ts';
import { LEFT_CHECK } from '../checks/left-data.ts';
import type { Lock } from '../bundle/lock.ts';
import type { Loaded } from '../project/bundle-dir.ts';
import type { Engine, SwarmNode } from '../engine/port.ts';
import { usageError } from '../errors.ts';
import { isOpenRollback, passedReleases, passedText, rollbackTarget } from '../release/choose.ts';
import { contentOf, type Deployable } from '../release/content.ts';
import { definedBy, needsBy, type NeedsOf } from '../release/defined-by.ts';
import {
  presentRelease,
  presentSecrets,
  replacedSecrets,
  replacedText,
  withPresentSecrets,
  type ReplacedSecret,
} from '../release/keep-secrets.ts';
import { DOWNGRADE_CHECK, downgrades, withImagesThatStay, type Downgrade, type Ran } from '../release/one-way.ts';
import type { StoredRelease } from '../release/record.ts';
import { endingCertificates, renewedCertificates } from '../release/renewed-certificates.ts';
import { unusedSince } from '../release/unused.ts';
import { ranTheSame, sameContent } from '../release/same-content.ts';
import { meansAnother } from '../release/same-secret.ts';
import { readHistory } from '../release/store.ts';
import { unreadAfter, unreadNewest } from '../release/unread.ts';
import type { OneWay, SecretNeed } from '../sdk/definition.ts';
import { releaseAsBundle } from './release-bundle.ts';
import { withPresentNames } from './renamed-nodes.ts';

/** What a rollback brings back. */
export interface WayBack {
  target: StoredRelease;
  /** The target as if it were the bundle. */
  past: Loaded;
  /** Secrets that were replaced since and stay as they are now. */
  kept: ReplacedSecret[];
  /** Secrets of which an older version comes back. */
  back: ReplacedSecret[];
  /** Services whose image stays, since the release's own would not start on their data any more. */
  stay: Downgrade[];
  /** A release that cannot be read, whose secrets may be the present ones. */
  unread?: number | undefined;
  /** Later releases that were good once, and are not taken since they failed by now. */
  passed: StoredRelease[];
  /** Nothing that was deployed after the target came into use. */
  unused: boolean;
}

/**
 * The release to go back to, with its secrets: those that were replaced since stay as they are, unless asked for; of a
 * deployment that failed, those that it replaced come back, but for a certificate that has ended by now. An image that
 * would not start on its data any more stays as it is.
 * @param options.to number of the release; the last good one without it
 * @param options.ignore names of checks; with that of downgrades, all images come back
 * @throws BundleError (exit 2) if there is no such release, if a later one cannot be read and `to` is not given, or if
 *   it differs only in what stays as it is; (exit 3) if it cannot run with the present secrets, or if a node of it has
 *   another name now, and another node its name
 */
export async function wayBack(
  engine: Engine,
  loaded: Loaded,
  {
    to,
    withSecrets = false,
    ignore = [],
  }: { to?: number | undefined; withSecrets?: boolean | undefined; ignore?: readonly string[] } = {},
): Promise<WayBack> {
  const { name, definition } = loaded.directory.bundle;
  const [history, nodes, services] = await Promise.all([
    readHistory(engine, name),
    engine.nodes(),
    engine.services({ stack: name }),
  ]);
  const { releases } = history;
  const target = rollbackTarget(name, history, nodes, to);
  const { secrets: needs, oneWay = [] } = definedBy(target, [definition]).plan;
  const needsOf = needsBy(definition);
  const present = withSecrets ? undefined : presentRelease(releases);
  const { kept, ...changed } = present
    ? withPresentSecrets(name, target, await secretsNow(engine, name, needs, { releases, needsOf }), needs)
    : { kept: [], lock: target.lock, document: target.document };
  const stay = ignore.includes(DOWNGRADE_CHECK)
    ? []
    : await whatStays(engine, name, target, { services, releases }, oneWay);
  const merged = withImagesThatStay({ ...target, ...changed }, stay);
  const [newest] = releases;
  const isOfNewest = (need: SecretNeed): boolean => !(newest && meansAnother(newest, need, needsOf));
  const isLast = unreadNewest(history) === undefined;
  // A rollback that stopped on its way is gone on with; nothing is left to do of one that did not.
  if (isLast && newest && !isOpenRollback(newest) && ranTheSame(merged, newest, nodes)) {
    if (stay.length > 0) throw onlyImages(name, target.number, stay);
    if (kept.length > 0) throw onlySecrets(name, target.number, kept);
  }
  const { directory, ...past } = await releaseAsBundle(engine, loaded, merged, services);
  const placements = withPresentNames(name, directory.plan.placements, target, nodes, ignore);
  return {
    target,
    past: { ...past, directory: { ...directory, plan: { ...directory.plan, placements } } },
    kept,
    stay,
    back: replacedSecrets(merged, newest?.lock.secrets ?? {}, needs.filter(isOfNewest)),
    unread: withSecrets ? undefined : unreadAfter(history.unreadable, present?.number ?? 0),
    passed: to === undefined ? passedReleases(releases, nodes, target) : [],
    unused: unusedSince(history, target),
  };
}

/**
 * Checks whose findings do not count on a way back, besides those that are ignored: what was never in use may be left
 * behind.
 */
export const passedOver = ({ unused }: Pick<WayBack, 'unused'>): string[] => (unused ? [LEFT_CHECK] : []);

/** The present secrets; in place of certificates that end now, those that were issued anew, if the swarm has them. */
async function secretsNow(
  engine: Engine,
  stack: string,
  needs: readonly SecretNeed[],
  { releases, needsOf }: { releases: readonly StoredRelease[]; needsOf: NeedsOf },
): Promise<Lock['secrets']> {
  const present = presentSecrets(needs, releases, needsOf);
  const now = new Date();
  const ending = endingCertificates(needs, present, now);
  if (ending.length === 0) return present;
  const inSwarm = await engine.secrets({ stack });
  return { ...present, ...renewedCertificates(ending, present, { stack, releases, needsOf, inSwarm, now }) };
}

/** The images of a release that would not start on the data that its services would find. */
async function whatStays(
  engine: Engine,
  stack: string,
  target: StoredRelease,
  ran: Pick<Ran, 'services' | 'releases'>,
  oneWay: readonly OneWay[],
): Promise<Downgrade[]> {
  if (oneWay.length === 0) return [];
  return downgrades(oneWay, target.document, { ...ran, stack, tasks: await engine.tasks({ stack }) });
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

function onlyImages(stack: string, number: number, stay: readonly Downgrade[]): Error {
  return usageError(
    'only-kept-images',
    `release ${number} of ${stack} differs from what was deployed last only in what does not go back: ` +
      `${stay.map(stayText).join('; ')}; nothing was changed`,
    [...stay.map(({ oneWay }) => oneWay.instead), '--to N names another release; `bundle history` lists them'],
  );
}

const stayText = ({ oneWay: { service, why }, from, to }: Downgrade): string =>
  `${service} stays at ${from} and does not get ${to} (${why})`;

/** Says which release comes back, what stays as it is, and which secrets come back with it. */
export function tellWayBack(way: WayBack, io: CommandIo): void {
  const { target } = way;
  const reporter = reporterOf(io);
  reporter.step(`Back to release ${target.number} (${target.at}, ${target.by}, ${target.state}):`);
  tellWhatStays(way, io);
}

/** The part of it that is about releases in between, secrets, and images that do not go back. */
export function tellWhatStays(
  { target, kept, stay, back, unread, passed }: Omit<WayBack, 'past' | 'unused'>,
  io: CommandIo,
): void {
  const reporter = reporterOf(io);
  for (const each of passed) reporter.warn(passedText(each));
  for (const each of stay) reporter.warn(`${stayText(each)}; --ignore ${DOWNGRADE_CHECK} brings it back all the same`);
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
