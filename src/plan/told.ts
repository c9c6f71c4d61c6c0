import type { StackDocument } from '../compose/types.ts';
import type { ToldSecret } from '../sdk/definition.ts';
import type { Restart, ServiceChange, ToldChange } from './changes.ts';
import { isStopped } from './stopped.ts';

/** What a plan looks at of a secret that software keeps for itself. */
export type PlannedTold = Pick<ToldSecret, 'file' | 'what' | 'services' | 'afterRestart' | 'begins' | 'shown'>;

/** Names of secret versions, besides those that services have, by which software may go. */
export interface MaybeTold {
  /** Of deployments that did not end: what runs may have been told of them. */
  unfinished: readonly string[];
  /**
   * Of the release before these: they may have restarted everything and not have told what is told later. Empty if all
   * deployments ended.
   */
  whole: readonly string[];
  /** The documents of both: nobody was told for certain that services begin to go by a secret. */
  earlier?: readonly Pick<StackDocument, 'services'>[];
}

/** What tells which versions are at stake, and when they can be told. */
interface Circumstances
  extends Pick<StackDocument, 'secrets'>, Partial<Pick<StackDocument, 'services'>>, Partial<MaybeTold> {
  /** Of the same plan. */
  restarts?: readonly Restart[];
  /** The swarm's names of certificates that have expired and by which services know each other. */
  expired?: ReadonlySet<string> | undefined;
  /** The swarm's names of all certificates that have expired. */
  expiredOfAll?: ReadonlySet<string> | undefined;
}

/**
 * Of the secrets that software keeps for itself, those of which it may go by another version than the document's: a
 * service leaves one, as a killed run leaves some of them; or a deployment that did not end may have told another
 * before it came to a service, or may not have told its own yet; or services begin to go by it. Of software that is
 * yet to be made none: it makes its data by the document's version, and of data that was kept the check `old-data`
 * tells. Pure.
 * @param told of the definition; the swarm calls a version of a file `<stack>_<file>.v<N>`
 */
export function toldChanges(
  stack: string,
  changes: readonly ServiceChange[],
  told: readonly PlannedTold[],
  circumstances: Circumstances,
): ToldChange[] {
  const {
    secrets,
    unfinished = [],
    whole = [],
    restarts = [],
    expired = new Set(),
    expiredOfAll = new Set(),
  } = circumstances;
  const left = changes.flatMap((change) =>
    change.action === 'update'
      ? change.changes.flatMap(({ field, from = '' }) => (field.startsWith('secret ') ? [from] : []))
      : [],
  );
  return told.flatMap(({ file, what, services, afterRestart = false, begins, shown }) => {
    const versions = (names: readonly string[]): string[] =>
      names.filter((name) => name.replace(/\.v\d+$/, '').toLowerCase() === `${stack}_${file}`.toLowerCase());
    const [secret] = versions(Object.values(secrets).map(({ name }) => name));
    const own = changes.filter(({ name, action }) => services.includes(name) && /^(update|unchanged)$/.test(action));
    const maybe = versions([...left, ...unfinished, ...(afterRestart ? whole : [])]);
    const before = [...new Set(maybe)].filter((name) => name !== secret);
    const begun = begins !== undefined && own.some((change) => mayBegin(change, begins.variable, circumstances));
    if (secret === undefined || own.length === 0 || (before.length === 0 && !begun)) return [];
    // If no service leaves a version, all have theirs already; and where none has a task, nobody can be told before.
    const settled = versions(left).length === 0 || own.every(isStopped);
    const unproven = shown !== undefined && showExpired(own, shown, expiredOfAll);
    // That all of them go by it can be seen once all have begun to, and not before.
    const later = begun || (afterRestart && (settled || unproven || mayLetNobodyIn(own, restarts, expired)));
    return [{ file, secret, before, what, ...(later && { later }), ...(begun && { besides: begins.besides }) }];
  });
}

/** Whether a service goes by something else until now, or did so before a deployment that did not end. */
function mayBegin(
  { name, changes }: ServiceChange,
  variable: string,
  { services = {}, earlier = [] }: Pick<Circumstances, 'services' | 'earlier'>,
): boolean {
  const valueIn = (document: Pick<StackDocument, 'services'>): unknown =>
    document.services[name]?.environment?.[variable];
  return (
    changes.some(({ field }) => field === `environment ${variable}`) ||
    earlier.some((document) => document.services[name] !== undefined && valueIn(document) !== valueIn({ services }))
  );
}

/**
 * Whether services that restart do so at once since they may not let each other in before: what they know each other
 * by has expired, or is replaced, in some of them already if a run was killed. Also if none restarts: then there is
 * nothing to be told before.
 */
function mayLetNobodyIn(
  services: readonly ServiceChange[],
  restarts: readonly Restart[],
  expired: ReadonlySet<string>,
): boolean {
  const stage = restarts.find(({ how }) => how === 'at-once');
  const joint = [...(stage?.shared ?? []), ...(stage?.expired ?? [])].length > 0;
  return services
    .filter((change) => change.action === 'update' && change.restarts)
    .every(
      (change) =>
        stage?.services.some(({ name }) => name === change.name) === true &&
        (joint || change.changes.some(({ from = '' }) => expired.has(from))),
    );
}

/**
 * Whether the certificates by which services prove themselves to who tells them have all expired, and are replaced by
 * their restart. One in date is enough: it is asked.
 */
function showExpired(services: readonly ServiceChange[], shown: string, expired: ReadonlySet<string>): boolean {
  return services
    .filter((change) => !isStopped(change))
    .every(({ changes }) => changes.some(({ field, from = '' }) => field === `secret ${shown}` && expired.has(from)));
}

/** A line each, for people. */
export const describeTold = (told: readonly ToldChange[]): string[] =>
  told.map(
    ({ secret, what, later = false, besides }) =>
      `~ ${secret} becomes ${what}: what runs is told so ${later ? 'once every task runs' : 'before anything restarts'}` +
      (besides === undefined ? '' : `; ${besides}`),
  );
