import type { Material } from '../sdk/kind.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { fingerprints } from './fingerprint.ts';
import type { Lock, LockedSecret } from './lock.ts';

/** The lock's entry of a version that is made now. */
export function lockEntry(need: SecretNeed, version: number, key: Buffer, material: Material, now: Date): LockedSecret {
  const facts = need.kind.describe(material);
  return {
    version,
    kind: need.kind.name,
    created: now.toISOString(),
    fingerprints: fingerprints(key, need.secret, material),
    facts,
  };
}

/**
 * What the lockfile means by a secret. An entry of another kind is of another secret that had its name, such as the
 * certificate of a user who has a password now; its versions are counted on.
 */
export function lockedAs(need: SecretNeed, { secrets }: Pick<Lock, 'secrets'>): LockedSecret | undefined {
  const entry = secrets[need.secret];
  return entry?.kind === need.kind.name ? entry : undefined;
}

/** Whether material is, to the byte, what bundle.lock.json means. */
export function isLocked(locked: LockedSecret, key: Buffer, secret: string, material: Material): boolean {
  const actual = fingerprints(key, secret, material);
  return Object.entries(locked.fingerprints).every(([part, value]) => actual[part] === value);
}
