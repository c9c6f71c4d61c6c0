import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NO_BACKUP } from '../bundle/lost-secrets.ts';
import { FILE, IGNORE_ALL } from '../bundle/names.ts';
import { BundleError, EXIT } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import { readIfPresent } from './files.ts';
import { awayText, MOUNT_IT } from './missing-target.ts';

/** What is wrong with a bundle's `secrets/`, or with a part of it. */
export interface StoreFault {
  /** Error code if it ends a command. */
  code: string;
  level: 'warning' | 'error';
  text: string;
  hint: string;
}

type Faults = Readonly<{ faults: readonly StoreFault[] }>;

/** Bytes of the fingerprint key. */
export const KEY_BYTES = 32;

/**
 * What is wrong with a `secrets/` that is there, its files of secrets apart.
 * @param keyFile content of its fingerprint.key
 * @param key the same as a key; undefined if it is none
 */
export async function directoryFaults(
  dir: string,
  keyFile: Buffer | undefined,
  key: Buffer | undefined,
): Promise<StoreFault[]> {
  const faults: StoreFault[] = [];
  if (keyFile && key === undefined) {
    faults.push({
      code: 'fingerprint-key-damaged',
      level: 'error',
      text:
        `secrets/${FILE.fingerprintKey} holds ${keyFile.length} bytes in place of ${KEY_BYTES}: it was changed, ` +
        'and whether the files are what bundle.lock.json means cannot be told',
      hint: `restore it from your backup; ${NO_BACKUP}`,
    });
  } else if (key === undefined) {
    faults.push({
      code: 'fingerprint-key-missing',
      level: 'error',
      text:
        `secrets/${FILE.fingerprintKey} is missing: whether the files are what bundle.lock.json means cannot ` +
        'be told',
      hint: `restore it from your backup; ${NO_BACKUP}`,
    });
  }
  if (await othersMayRead(dir)) {
    faults.push({
      code: 'secrets-readable',
      level: 'warning',
      text: 'others on this machine may read secrets/',
      hint: `chmod 700 ${shellWord(dir)}`,
    });
  }
  if (!(await isOutOfGit(dir))) {
    faults.push({
      code: 'secrets-not-ignored',
      level: 'warning',
      text: 'git would add secrets/ to a commit: no .gitignore leaves it out',
      hint: `\`bundle init\` on this directory writes one; of your own, it wants the line /${FILE.secrets}/`,
    });
  }
  return faults;
}

/** For what makes secrets, or copies them. @throws BundleError (exit 3) if `secrets/` is there, and cannot be read */
export function requireReadable({ faults }: Faults): void {
  const fault = faults.find(({ code }) => code === UNREADABLE);
  if (fault) throw new BundleError('secrets-unreadable', fault.text, { exit: EXIT.preflight, hints: [fault.hint] });
}

/** For commands that only read and print no checks, which would tell it. */
export function unreadableText({ faults }: Faults): string[] {
  return faults.filter(({ code }) => code === UNREADABLE).map(({ text, hint }) => `${text}; ${hint}`);
}

const UNREADABLE = 'secrets-unreadable';

const GOES_ON = 'what only reads goes on as without it; to make or send secrets, ';

/** The fault of one that is a link to a directory that is not there: a volume that is not mounted. */
export const awayFault = (dir: string, target: string): StoreFault => ({
  code: UNREADABLE,
  level: 'warning',
  text: awayText(dir, target),
  hint: `${GOES_ON}${MOUNT_IT}`,
});

/**
 * The fault that the whole of it counts as absent for. What was refused may be one file of another user than the rest:
 * root's, if `sudo bundle` of an earlier build wrote it.
 * @param error of the file or directory that was refused
 */
export async function deniedFault(dir: string, error: BundleError): Promise<StoreFault> {
  const refused = (error.cause as NodeJS.ErrnoException).path ?? dir;
  const [owner, ownerOfFile] = await Promise.all([dir, refused].map(ownerIfTold));
  const ofAnother = owner !== undefined && ownerOfFile !== undefined && owner !== ownerOfFile;
  return {
    code: UNREADABLE,
    level: 'warning',
    text: `this user may not read ${dir} (${error.message})`,
    hint:
      GOES_ON +
      (ofAnother
        ? `give the directory's owner what is in it: \`sudo chown -R ${String(owner)} ${shellWord(dir)}\` (\`ls -l ` +
          `${shellWord(refused)}\` names another)`
        : `run bundle as its owner, whom \`ls -ld ${shellWord(ownerOfFile === undefined ? dir : refused)}\` names`),
  };
}

/** The user's number; undefined if a directory above keeps it from this one. */
const ownerIfTold = async (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ uid }) => uid,
    () => undefined,
  );

/**
 * Whether git would leave out all that is in a `secrets/`. Its own .gitignore is a dotfile, which a copy of `secrets/*`
 * leaves behind.
 * @param dir absolute path of `secrets/`
 */
export async function isOutOfGit(dir: string): Promise<boolean> {
  try {
    const own = (await readIfPresent(join(dir, FILE.ignore)))?.toString('utf8') ?? '';
    if (own === IGNORE_ALL) return true;
    // Loaded only then.
    const { isIgnored } = await import('./git-ignored.ts');
    // One that rules may name, and one that only a rule about all of them fits.
    return (await isIgnored(join(dir, FILE.fingerprintKey))) && (await isIgnored(join(dir, 'any-secret')));
  } catch (error) {
    // Its own rules, or where the work tree begins, that cannot be read are no reason to fail.
    if (error instanceof BundleError) return true;
    throw error;
  }
}

/** The directory's mode decides: below a closed one no file can be reached. */
async function othersMayRead(dir: string): Promise<boolean> {
  return ((await stat(dir)).mode & 0o077) !== 0;
}
