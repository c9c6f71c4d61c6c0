import { isDeepStrictEqual } from 'node:util';
import type { LockedSecret } from '../bundle/lock.ts';
import type { SecretState } from '../bundle/secret-state.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import { ownServices } from '../plan/own-services.ts';
import { versionOf } from '../release/choose.ts';
import { meansAnother } from '../release/same-secret.ts';
import { readHistory } from '../release/store.ts';
import { unreadNewest } from '../release/unread.ts';
import { LABEL } from '../bundle/names.ts';
import type { CheckContext, Finding } from './check.ts';

const isEqual = (one: LockedSecret, other: LockedSecret, part: string): boolean =>
  one.fingerprints[part] === other.fingerprints[part];

/** A secret of which a service mounts a newer version than the bundle means. */
interface Older extends Pick<SecretState, 'need' | 'issued'> {
  now: number;
  text: string;
}

/**
 * Secrets that would come back though they were replaced, such as a key that leaked. Either a new version is the
 * content of a former one, since a copy of `secrets/` from before was locked anew; or the swarm runs a newer version
 * than this bundle means, since the checkout is older than what was deployed. That is refused of a certificate which
 * was only renewed: nobody wants back the one that ends sooner, unless by a rollback.
 */
export async function newerFindings({
  stack,
  secrets,
  live,
  needsOf,
  backTo,
  now: moment,
}: Pick<CheckContext, 'stack' | 'secrets' | 'live' | 'needsOf' | 'backTo' | 'now'>): Promise<Finding[]> {
  const mounted = ownServices(stack, live?.services ?? []).flatMap(({ spec }) =>
    ((spec as ServiceSpec).TaskTemplate?.ContainerSpec?.Secrets ?? []).flatMap(({ SecretName }) => SecretName ?? []),
  );
  const found = secrets.flatMap(({ name, need, issued }): Older[] => {
    const [base, version] = versionOf(name);
    const newest = mounted
      .map(versionOf)
      .filter(([other, number]) => other === base && number > version && number !== Infinity)
      .sort(([, a], [, b]) => b - a)[0];
    return newest === undefined
      ? []
      : [{ need, issued, now: newest[1], text: `${name.replace(/\.v\d+$/, '')} v${newest[1]} → v${version}` }];
  });
  // A version that a service has by now does not come any more.
  const coming = secrets.filter(({ name }) => versionOf(name)[1] > 1 && !mounted.includes(name));
  if (live === undefined || found.length + coming.length === 0) return [];
  const history = await readHistory(live.engine, stack);
  const { releases } = history;
  const again = coming.flatMap(({ name, need, part, labels }) => {
    const [base, version] = versionOf(name);
    const former = releases
      .filter((release) => !meansAnother(release, need, needsOf))
      .flatMap(({ lock }) => lock.secrets[need.secret] ?? [])
      .filter((entry) => entry.version < version);
    const same = former.find(({ fingerprints }) => fingerprints[part] === labels[LABEL.fingerprint]);
    const by = same && former.find((entry) => entry.version > same.version && !isEqual(entry, same, part));
    return by === undefined
      ? []
      : [`${base} v${version} is the content of v${same?.version}, which v${by.version} replaced`];
  });
  const warnings: Finding[] =
    again.length === 0
      ? []
      : [
          {
            level: 'warning',
            text: `a replaced secret comes back as a new version: ${again.join(', ')}`,
            hint:
              'if secrets/ here was of before, restore the present one from the machine that replaced it, and ' +
              'bundle.lock.json from version control',
          },
        ];
  // Another one by the same name, such as the password of another store, did not replace it.
  const newer = found.filter(({ need, now }) => {
    const of = releases.find(({ lock }) => lock.secrets[need.secret]?.version === now);
    return of === undefined || !meansAnother(of, need, needsOf);
  });
  const last = backTo === undefined && unreadNewest(history) === undefined ? releases[0] : undefined;
  const undone = newer.filter((each) => last && isRenewed(each, last.lock.secrets[each.need.secret], moment));
  const others = newer.filter((each) => !undone.includes(each));
  const list = (some: readonly Older[]): string => some.map(({ text }) => text).join(', ');
  return [
    ...(last === undefined || undone.length === 0
      ? []
      : [
          {
            level: 'error' as const,
            text:
              `certificates that were renewed are older in bundle.lock.json than in release ${last.number} ` +
              `(${last.by}, ${last.at.slice(0, 10)}), and would come back: ${list(undone)}`,
            hint:
              'this checkout is older than what was deployed: bring it up to date, bundle.lock.json and stack.yml; ' +
              '`bundle rollback` goes back to a release',
          },
        ]),
    ...warnings,
    ...(others.length === 0
      ? []
      : [
          {
            level: 'warning' as const,
            text: `secrets that were replaced since bundle.lock.json was written come back: ${list(others)}`,
            hint: 'if this checkout is older than what was deployed, bring it up to date first; `bundle history` shows by whom',
          },
        ]),
  ];
}

/**
 * Whether the version that a service mounts is the same certificate issued anew, as a release has it. One that is not
 * valid yet is better replaced, whatever by.
 */
function isRenewed({ issued, now }: Older, entry: LockedSecret | undefined, moment: Date): boolean {
  const { version, issued: renewed, facts: { notBefore } = {} } = entry ?? {};
  if (issued === undefined || renewed === undefined || version !== now) return false;
  if (notBefore !== undefined && Date.parse(notBefore) > moment.getTime()) return false;
  const inOrder = (of: NonNullable<LockedSecret['issued']>) => ({ ...of, names: [...of.names].sort() });
  return isDeepStrictEqual(inOrder(issued), inOrder(renewed));
}
