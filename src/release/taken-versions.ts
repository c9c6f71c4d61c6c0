import { swarmSecretName } from '../bundle/names.ts';
import type { SwarmSecret } from '../engine/port.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { versionOf } from './choose.ts';

/**
 * The highest version of each secret that the swarm has, by its key in bundle.lock.json; 0 if it has none. It may be
 * higher than the locked one: of a rotation that failed and was taken back, or of another operator's.
 */
export function takenVersions(
  stack: string,
  needs: readonly Pick<SecretNeed, 'secret' | 'files'>[],
  inSwarm: readonly Pick<SwarmSecret, 'name'>[],
): ReadonlyMap<string, number> {
  const versions = inSwarm.map(({ name }) => versionOf(name)).filter(([, version]) => Number.isFinite(version));
  return new Map(
    needs.map(({ secret, files }) => {
      const bases = Object.values(files).map((file) => versionOf(swarmSecretName(stack, file, 1))[0]);
      return [secret, Math.max(0, ...versions.flatMap(([base, version]) => (bases.includes(base) ? [version] : [])))];
    }),
  );
}
