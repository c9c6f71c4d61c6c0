import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { FILE, IGNORE_ALL } from '../bundle/names.ts';
import { BundleError } from '../errors.ts';
import { readWhole } from '../read-whole.ts';
import { fileError, kindOfPath, privateDirectory, PUBLIC_FILE, readIfPresent, writeAtomically } from './files.ts';
import { refuseMissingTarget } from './missing-target.ts';
import { placeOf } from './place-of.ts';

export interface PlannedFile {
  /** Below the directory; at most one directory deep. */
  path: string;
  content: string | Uint8Array;
  mode: number;
}

/**
 * Beside the files of a bundle: what is about to be written, as yet incomplete; and complete, being put into its place.
 */
export const STAGING = '.writing.tmp';
export const STAGED = '.writing';
/**
 * In them, the folders that were there already, one a line. What goes into such a folder is staged in it, since it may
 * be on another file system: an encrypted one must hold its content alone.
 */
const FOLDERS = '.folders';
/**
 * The staging directory's own .gitignore keeps what a killed process left in it out of git; the bundle's has another
 * name there.
 */
const BUNDLE_IGNORE = `${FILE.ignore}.staged`;

/** Where each file is staged, by its path below the directory. */
export type Staged = ReadonlyMap<string, string>;

/**
 * Stages all files beside their places. The staging directory has its final name only when they are complete.
 * @throws BundleError if one cannot be written, or a folder is a link to a directory that is not there; then none is
 *   left
 */
export async function stage(dir: string, files: readonly PlannedFile[]): Promise<Staged> {
  const staging = join(dir, STAGING);
  const folders: string[] = [];
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    await refuseMissingTarget(join(dir, folder));
    if (folder !== '.' && (await kindOfPath(join(dir, folder))) === 'directory') folders.push(folder);
  }
  const placed = new Map<string, string>();
  try {
    await privateDirectory(staging);
    await writeAtomically(join(staging, FILE.ignore), IGNORE_ALL, PUBLIC_FILE);
    // First of all, so that what is in the folders is found again.
    if (folders.length > 0) await writeAtomically(join(staging, FOLDERS), folders.join('\n'), PUBLIC_FILE);
    for (const folder of folders) {
      await privateDirectory(join(dir, folder));
      await rm(join(dir, folder, STAGED), { recursive: true, force: true });
      await privateDirectory(join(dir, folder, STAGED));
    }
    for (const { path, content, mode } of files) {
      const name = path === FILE.ignore ? BUNDLE_IGNORE : path;
      const folder = dirname(path);
      const apart = folders.includes(folder);
      const target = apart ? join(dir, folder, STAGED, basename(path)) : join(staging, name);
      if (!apart && folder !== '.') await privateDirectory(dirname(target));
      await writeAtomically(target, content, mode);
      placed.set(path, apart ? target : join(dir, STAGED, name));
    }
    await rename(staging, join(dir, STAGED));
    return placed;
  } catch (error) {
    await clearStaged(dir, STAGING);
    throw error instanceof BundleError ? error : fileError('make', join(dir, STAGED), error);
  }
}

/** What a killed process staged completely; undefined if nothing. @throws BundleError if a part of it is away */
export async function stagedFiles(dir: string): Promise<Staged | undefined> {
  const staged = join(dir, STAGED);
  if ((await kindOfPath(staged)) === undefined) return undefined;
  const found = new Map<string, string>();
  const entries = await readdir(staged, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const at = join(entry.parentPath, entry.name);
    const path = relative(staged, at);
    if (path !== FILE.ignore && path !== FOLDERS) found.set(path === BUNDLE_IGNORE ? FILE.ignore : path, at);
  }
  for (const folder of await foldersOf(staged)) {
    const apart = join(dir, folder, STAGED);
    if ((await kindOfPath(apart)) === undefined) throw partAway(dir, folder);
    for (const name of await readdir(apart)) found.set(join(folder, name), join(apart, name));
  }
  return found;
}

/**
 * Takes away what is staged, placed or not. From its first step on nobody completes it, and nothing of it is lost sight
 * of.
 */
export async function clearStaged(dir: string, name: typeof STAGING | typeof STAGED): Promise<void> {
  const staging = join(dir, STAGING);
  if (name === STAGED) await rename(join(dir, STAGED), staging);
  for (const folder of await foldersOf(staging)) await rm(join(dir, folder, STAGED), { recursive: true, force: true });
  await rm(staging, { recursive: true, force: true });
}

/** Moves one staged file; a folder is private if a staged one is, since `stage` makes no others. */
export async function putInPlace(at: string, dir: string, path: string): Promise<void> {
  const target = join(dir, path);
  if (dirname(target) !== dir) await privateDirectory(dirname(target));
  try {
    const place = await placeOf(target);
    await rename(at, place).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EXDEV') throw error;
      // A link's file, on another file system. It stays staged until it is whole there.
      await writeAtomically(place, await readWhole(at), (await stat(at)).mode & 0o777);
      await rm(at);
    });
  } catch (error) {
    throw error instanceof BundleError ? error : fileError('write', target, error);
  }
}

async function foldersOf(staging: string): Promise<string[]> {
  const text = (await readIfPresent(join(staging, FOLDERS)))?.toString('utf8') ?? '';
  return text.split('\n').filter((folder) => folder !== '');
}

const partAway = (dir: string, folder: string): BundleError =>
  new BundleError('file', `cannot complete what was being written in ${dir}: what belongs into ${folder}/ is away`, {
    hints: [
      `it was staged in ${folder}/, by a command that was killed: mount that again, or give its link the target it had`,
    ],
  });
