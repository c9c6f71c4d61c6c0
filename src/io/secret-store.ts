import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE } from '../bundle/names.ts';
import { NO_BACKUP } from '../bundle/lost-secrets.ts';
import type { Material } from '../sdk/kind.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { BundleError } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import { fileError, readIfPresent } from './files.ts';
import { readWhole } from '../read-whole.ts';

/** What there is of a bundle's `secrets/`. */
export interface SecretStore {
  dir: string;
  /** False on a second operator's checkout: nothing to make secrets from, nothing to redact with. */
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

export interface StoreFault {
  /** Error code if it ends a command. */
  code: string;
  level: 'warning' | 'error';
  text: string;
  hint: string;
}

/**
 * Reads the material of the needed secrets. A pair that is there only in part is a fault and no material: both or
 * neither.
 */
export async function loadSecretStore(dir: string, needs: SecretNeed[]): Promise<SecretStore> {
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
      materials[need.secret] = asAccepted(need, found);
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
  if (keyFile && key === undefined) {
    faults.push({
      code: 'fingerprint-key-damaged',
      level: 'error',
      text:
        `secrets/${FILE.fingerprintKey} holds ${keyFile.length} bytes in place of ${KEY_BYTES}: it was changed, ` +
        'and whether the files are what bundle.lock.json means cannot be told',
      hint: `restore it from your backup; ${NO_BACKUP}`,
    });
  } else if (present && key === undefined) {
    faults.push({
      code: 'fingerprint-key-missing',
      level: 'error',
      text:
        `secrets/${FILE.fingerprintKey} is missing: whether the files are what bundle.lock.json means cannot ` +
        'be told',
      hint: `restore it from your backup; ${NO_BACKUP}`,
    });
  }
  if (present && (await othersMayRead(dir))) {
    faults.push({
      code: 'secrets-readable',
      level: 'warning',
      text: 'others on this machine may read secrets/',
      hint: `chmod 700 ${shellWord(dir)}`,
    });
  }
  return { dir, present, faults, key, materials, files, values };
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

/** Bytes of the fingerprint key. */
const KEY_BYTES = 32;

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

async function allValues(dir: string): Promise<Buffer[]> {
  const names = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw fileError('read', dir, error);
  });
  const files = names.filter(
    (entry) => !entry.isDirectory() && entry.name !== '.gitignore' && entry.name !== FILE.fingerprintKey,
  );
  return Promise.all(
    files.map(({ name }) =>
      readWhole(join(dir, name)).catch((error: unknown) => {
        throw fileError('read', join(dir, name), error);
      }),
    ),
  );
}

/** The directory's mode decides: below a closed one no file can be reached. */
async function othersMayRead(dir: string): Promise<boolean> {
  return ((await stat(dir)).mode & 0o077) !== 0;
}
