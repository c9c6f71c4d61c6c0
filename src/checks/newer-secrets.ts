import type { ServiceSpec } from '../compose/spec.ts';
import { ownServices } from '../plan/own-services.ts';
import { versionOf } from '../release/choose.ts';
import type { CheckContext, Finding } from './check.ts';

/**
 * Secrets of which the swarm runs a newer version than this bundle means. A checkout that is older than what was
 * deployed would bring back what was replaced, such as a key that leaked.
 */
export function newerFindings({ stack, secrets, live }: Pick<CheckContext, 'stack' | 'secrets' | 'live'>): Finding[] {
  const mounted = ownServices(stack, live?.services ?? []).flatMap(({ spec }) =>
    ((spec as ServiceSpec).TaskTemplate?.ContainerSpec?.Secrets ?? []).flatMap(({ SecretName }) => SecretName ?? []),
  );
  const newer = secrets.flatMap(({ name }) => {
    const [base, version] = versionOf(name);
    const newest = mounted
      .map(versionOf)
      .filter(([other, number]) => other === base && number > version && number !== Infinity)
      .sort(([, a], [, b]) => b - a)[0];
    return newest === undefined ? [] : [`${name.replace(/\.v\d+$/, '')} v${newest[1]} → v${version}`];
  });
  if (newer.length === 0) return [];
  return [
    {
      level: 'warning',
      text: `secrets that were replaced since bundle.lock.json was written come back: ${newer.join(', ')}`,
      hint: 'if this checkout is older than what was deployed, bring it up to date first; `bundle history` shows by whom',
    },
  ];
}
