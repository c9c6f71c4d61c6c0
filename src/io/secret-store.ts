import { join } from 'node:path';
import { FILE } from '../bundle/names.ts';
import type { Material } from '../../secrets/kind.ts';
import type { SecretNeed } from '../../stacks/definition.ts';
import { BundleError } from '../errors.ts';
import { PRIVATE_FILE, privateDirectory, readIfPresent, writeAtomically } from './files.ts';

/** What there is of a bundle's `secrets/`. */
export interface SecretStore {
  dir: string;
  /** False on a second operator's checkout: nothing to make secrets from, nothing to redact with. */
  present: boolean;
  /** Key of the fingerprints; undefined without `secrets/`. */
  key: Buffer | undefined;
  /** Complete materials by secret. */
  materials: Record<string, Material>;
  /** Every value in it, for the redactor. */
  values: Buffer[];
}

/**
 * Reads the material of the needed secrets.
 * @throws BundleError where a pair is there only in part: both or neither
 */
export async function loadSecretStore(dir: string, needs: SecretNeed[]): Promise<SecretStore> {
  const key = await readIfPresent(join(dir, FILE.fingerprintKey));
  const materials: Record<string, Material> = {};
  const values: Buffer[] = [];
  for (const need of needs) {
    const found: Material = {};
    const missing: string[] = [];
    for (const [part, file] of Object.entries(need.files)) {
      const content = await readIfPresent(join(dir, file));
      if (content) found[part] = content;
      else missing.push(file);
    }
    if (missing.length === 0) materials[need.secret] = found;
    else if (Object.keys(found).length > 0) {
      throw new BundleError('secret-half', `${join(dir, missing[0] ?? '')} is missing, although the rest of its pair is there`, {
        hints: ['restore it from your backup; a pair is used whole or not at all'],
      });
    }
    values.push(...Object.values(found));
  }
  return { dir, present: key !== undefined, key, materials, values };
}

/** Writes one secret's material, each file 0600 in a 0700 directory. */
export async function saveMaterial(dir: string, need: SecretNeed, material: Material): Promise<void> {
  await privateDirectory(dir);
  for (const [part, file] of Object.entries(need.files)) {
    const content = material[part];
    if (!content) throw new TypeError(`part ${part} of ${need.secret} is missing`);
    await writeAtomically(join(dir, file), content, PRIVATE_FILE);
  }
}

/** Writes the fingerprint key and the file that keeps git out. */
export async function saveStoreFrame(dir: string, key: Buffer): Promise<void> {
  await privateDirectory(dir);
  await writeAtomically(join(dir, '.gitignore'), '*\n', PRIVATE_FILE);
  await writeAtomically(join(dir, FILE.fingerprintKey), key, PRIVATE_FILE);
}
