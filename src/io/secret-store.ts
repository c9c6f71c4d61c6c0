import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lock } from '../bundle/lock.ts';
import { FILE } from '../bundle/names.ts';
import { isLocked } from '../bundle/lock-entry.ts';
import { NO_BACKUP } from '../bundle/lost-secrets.ts';
import type { Material } from '../sdk/kind.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { BundleError } from '../errors.ts';
import { fileError, isDenied, readIfPresent } from './files.ts';
import { missingTarget } from './missing-target.ts';
import { KEY_BYTES, awayFault, directoryFaults, deniedFault, type StoreFault } from './secret-faults.ts';
import { readPlain } from '../read-whole.ts';

/** What there is of a bundle's `secrets/`. */
export interface SecretStore {
  dir: string;
  /**
   * False on a second operator's checkout, if this user may not read it, and if it is a link to a directory that is not
   * there: nothing to make secrets from, nothing to redact with.
   */
  present: boolean;
  /** What is wrong with the directory itself; the `secrets` check reports it, `init` refuses errors. */
  faults: StoreFault[];
  /** Key of the fingerprints; undefined without `secrets/`. */
  key: Buffer | undefined;
  /** Complete materials by secret, as `accept` gives them: what is fingerprinted, sent and compared. */
  materials: Record<string, Material>;
  /** The same as they stand in the files. */
  files: Record<string, Material>;
  /** Every value in it, for the redactor: those of answers that were turned off too, a task may still know them. */
  values: Buffer[];
}

/**
 * Reads the material of the needed secrets. A pair that is there only in part is a fault and no material: both or
 * neither. What this user may not read is a fault as well, and counts as absent; so does a link to a directory that is
 * not there.
 * @param lock what the material is compared with
 * @throws BundleError if a file cannot be read for another reason
 */
export async function loadSecretStore(dir: string, needs: SecretNeed[], lock: Lock): Promise<SecretStore> {
  const target = await missingTarget(dir);
  if (target !== undefined) return absent(dir, awayFault(dir, target));
  try {
    return await readStore(dir, needs, lock);
  } catch (error) {
    if (!isDenied(error)) throw error;
    return absent(dir, await deniedFault(dir, error));
  }
}

const absent = (dir: string, fault: StoreFault): SecretStore => ({
  ...{ dir, present: false, faults: [fault] },
  ...{ key: undefined, materials: {}, files: {}, values: [] },
});

async function readStore(dir: string, needs: SecretNeed[], lock: Lock): Promise<SecretStore> {
  const keyFile = await readIfPresent(join(dir, FILE.fingerprintKey));
  const key = keyFile && fingerprintKey(keyFile);
  const materials: Record<string, Material> = {};
  const files: Record<string, Material> = {};
  const values = await allValues(dir);
  const faults: StoreFault[] = [];
  for (const need of needs) {
    const found: Material = {};
    const missing: string[] = [];
    for (const [part, file] of Object.entries(need.files)) {
      const content = await readIfPresent(join(dir, file));
      if (content) found[part] = content;
      else missing.push(file);
    }
    if (missing.length === 0) {
      files[need.secret] = found;
      materials[need.secret] = asLocked(need, found, key, lock);
    }
    if (missing.length > 0 && Object.keys(found).length > 0) {
      faults.push({
        code: 'secret-half',
        level: 'error',
        text: `secrets/${missing.join(', ')} is missing, although the rest of its pair is there`,
        hint: `restore it from your backup: a pair is used whole or not at all; ${NO_BACKUP}`,
      });
    }
  }
  const present = keyFile !== undefined || values.length > 0;
  if (present) faults.push(...(await directoryFaults(dir, keyFile, key)));
  return { dir, present, faults, key, materials, files, values };
}

/** As the files have it, if that was locked: a build that left line ends alone took it so. */
function asLocked(need: SecretNeed, found: Material, key: Buffer | undefined, { secrets }: Lock): Material {
  const locked = secrets[need.secret];
  return key && locked && isLocked(locked, key, need.secret, found) ? found : asAccepted(need, found);
}

/**
 * The material as it was fingerprinted: `accept` takes out what editors and version control put in (Windows line ends,
 * a line end at the end). What it refuses stays as it is: that is reported by whoever judges it.
 */
function asAccepted(need: SecretNeed, found: Material): Material {
  try {
    return need.kind.accept(found, new Date());
  } catch (error) {
    if (error instanceof BundleError) return found;
    throw error;
  }
}

/**
 * The fingerprint key without the carriage returns that a conversion of line ends put in; undefined if it has another
 * length even so.
 */
function fingerprintKey(content: Buffer): Buffer | undefined {
  if (content.length === KEY_BYTES) return content;
  const bare = content.toString('latin1').replaceAll('\r\n', '\n');
  return bare.length >= KEY_BYTES && /^[\r\n]*$/.test(bare.slice(KEY_BYTES))
    ? Buffer.from(bare.slice(0, KEY_BYTES), 'latin1')
    : undefined;
}

/**
 * The contents of all files in it. A link may name a directory (`..data` of a Kubernetes volume) or nothing (the lock
 * of an editor), a pipe or a socket has no content of its own, and a temporary file may go between the listing and its
 * reading: none of these is a value. A needed file is read by its name, which tells what is wrong with it.
 */
async function allValues(dir: string): Promise<Buffer[]> {
  const names = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw fileError('read', dir, error);
  });
  const files = names.filter(
    (entry) => !entry.isDirectory() && entry.name !== FILE.ignore && entry.name !== FILE.fingerprintKey,
  );
  const values = await Promise.all(
    files.map(({ name }) =>
      readPlain(join(dir, name)).catch((error: NodeJS.ErrnoException) => {
        if (NO_FILE.has(error.code ?? '')) return [];
        throw fileError('read', join(dir, name), error);
      }),
    ),
  );
  return values.flat();
}

/** What reading ends with if a link names no file, a file is gone, or is none. */
const NO_FILE = new Set(['EISDIR', 'ENOENT', 'ENOTDIR', 'ELOOP', 'EFTYPE']);
