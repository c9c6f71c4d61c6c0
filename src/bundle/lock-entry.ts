import type { Material } from '../sdk/kind.ts';
import type { SecretNeed, SecretPart } from '../sdk/definition.ts';
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

/**
 * A part of a secret as the lock means it; undefined if it is not on this disk, or if that is another content: of
 * another version, or replaced by hand. Without the fingerprint key nobody can tell, and it counts as the locked one.
 */
export function lockedPart(
  {
    lock,
    secrets: { key, materials },
  }: {
    lock: Pick<Lock, 'secrets'>;
    secrets: { key: Buffer | undefined; materials: Readonly<Record<string, Material>> };
  },
  { secret, part }: SecretPart,
): Buffer | undefined {
  const [material, locked] = [materials[secret], lock.secrets[secret]];
  if (key && material && locked && !isLocked(locked, key, secret, material)) return undefined;
  return material?.[part];
}
