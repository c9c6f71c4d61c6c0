import type { ServiceSpec } from '../compose/spec.ts';
import { ownServices } from '../plan/own-services.ts';
import { versionOf } from '../release/choose.ts';
import { meansAnother } from '../release/same-secret.ts';
import { readHistory } from '../release/store.ts';
import type { CheckContext, Finding } from './check.ts';

/**
 * Secrets of which the swarm runs a newer version than this bundle means. A checkout that is older than what was
 * deployed would bring back what was replaced, such as a key that leaked.
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
  if (live === undefined || found.length === 0) return [];
  const { releases } = await readHistory(live.engine, stack);
  // Another one by the same name, such as the password of another store, did not replace it.
  const newer = found.filter(({ need, now }) => {
    const of = releases.find(({ lock }) => lock.secrets[need.secret]?.version === now);
    return of === undefined || !meansAnother(of, need, needsOf);
  });
  if (newer.length === 0) return [];
  return [
    {
      level: 'warning',
      text:
        'secrets that were replaced since bundle.lock.json was written come back: ' +
        newer.map(({ text }) => text).join(', '),
      hint: 'if this checkout is older than what was deployed, bring it up to date first; `bundle history` shows by whom',
    },
  ];
}
