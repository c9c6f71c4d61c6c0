import { fingerprints } from '../bundle/fingerprint.ts';
import { LABEL, swarmSecretName } from '../bundle/names.ts';
import type { SecretChange } from '../bundle/secret-changes.ts';
import type { NeedsOf } from '../release/defined-by.ts';
import { meansAnother } from '../release/same-secret.ts';
import type { SwarmPast } from './swarm.ts';

/** Where a content is looked for. */
export interface Versions {
  stack: string;
  key: Buffer;
  needsOf: NeedsOf;
  past: SwarmPast;
}

/**
 * The version, before the locked one, that had the content of a changed file in `secrets/`: it was replaced since. By
 * the releases, and by the labels of what was made without one. Pure.
 * @returns undefined if the swarm never had it, as far as it tells
 */
export function earlierVersion(
  { need, material, replaces = 0 }: Extract<SecretChange, { act: 'adopt' }>,
  { stack, key, needsOf, past: { secrets, history } }: Versions,
): number | undefined {
  const actual = fingerprints(key, need.secret, material);
  const isIt = (prints: Readonly<Record<string, string | undefined>>): boolean =>
    Object.keys(prints).length > 0 && Object.entries(prints).every(([part, value]) => actual[part] === value);
  const released = history.releases.flatMap((release) => {
    const entry = release.lock.secrets[need.secret];
    return entry === undefined ? [] : [{ ...entry, other: meansAnother(release, need, needsOf) }];
  });
  const labels = new Map(secrets.map(({ name, labels: each }) => [name.toLowerCase(), each[LABEL.fingerprint]]));
  const labelled = (version: number): Record<string, string | undefined> =>
    Object.fromEntries(
      Object.entries(need.files).flatMap(([part, file]) => {
        const name = swarmSecretName(stack, file, version).toLowerCase();
        return labels.has(name) ? [[part, labels.get(name)]] : [];
      }),
    );
  // The newest counts.
  for (let version = replaces - 1; version > 0; version--) {
    const entries = released.filter((entry) => entry.version === version);
    // By the same name it is another secret, such as the password of another store: it replaced none.
    const own = entries.filter(({ other, kind }) => !other && kind === need.kind.name);
    if (own.some((entry) => isIt(entry.fingerprints))) return version;
    if (entries.length === 0 && isIt(labelled(version))) return version;
  }
  return undefined;
}
