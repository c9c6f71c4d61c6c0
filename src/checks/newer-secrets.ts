import type { LockedSecret } from '../bundle/lock.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import { ownServices } from '../plan/own-services.ts';
import { versionOf } from '../release/choose.ts';
import { meansAnother } from '../release/same-secret.ts';
import { readHistory } from '../release/store.ts';
import { LABEL } from '../bundle/names.ts';
import type { CheckContext, Finding } from './check.ts';

const isEqual = (one: LockedSecret, other: LockedSecret, part: string): boolean =>
  one.fingerprints[part] === other.fingerprints[part];

/**
 * Secrets that would come back though they were replaced, such as a key that leaked. Either a new version is the
 * content of a former one, since a copy of `secrets/` from before was locked anew; or the swarm runs a newer version
 * than this bundle means, since the checkout is older than what was deployed.
 */
export async function newerFindings({
  stack,
  secrets,
  live,
  needsOf,
}: Pick<CheckContext, 'stack' | 'secrets' | 'live' | 'needsOf'>): Promise<Finding[]> {
  const mounted = ownServices(stack, live?.services ?? []).flatMap(({ spec }) =>
    ((spec as ServiceSpec).TaskTemplate?.ContainerSpec?.Secrets ?? []).flatMap(({ SecretName }) => SecretName ?? []),
  );
  const found = secrets.flatMap(({ name, need }) => {
    const [base, version] = versionOf(name);
    const newest = mounted
      .map(versionOf)
      .filter(([other, number]) => other === base && number > version && number !== Infinity)
      .sort(([, a], [, b]) => b - a)[0];
    return newest === undefined
      ? []
      : [{ need, now: newest[1], text: `${name.replace(/\.v\d+$/, '')} v${newest[1]} → v${version}` }];
  });
  // A version that a service has by now does not come any more.
  const coming = secrets.filter(({ name }) => versionOf(name)[1] > 1 && !mounted.includes(name));
  if (live === undefined || found.length + coming.length === 0) return [];
  const { releases } = await readHistory(live.engine, stack);
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
  if (newer.length === 0) return warnings;
  return [
    ...warnings,
    {
      level: 'warning',
      text:
        'secrets that were replaced since bundle.lock.json was written come back: ' +
        newer.map(({ text }) => text).join(', '),
      hint: 'if this checkout is older than what was deployed, bring it up to date first; `bundle history` shows by whom',
    },
  ];
}
