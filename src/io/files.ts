import { chmod, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoText } from '../errno.ts';
import { BundleError } from '../errors.ts';
import { readPlain, readWhole } from '../read-whole.ts';
import { refuseMissingTarget } from './missing-target.ts';
import { giveDirectoryToOwner, giveToOwner } from './owner.ts';
import { placeOf } from './place-of.ts';

export const PRIVATE_FILE = 0o600;
export const PRIVATE_DIR = 0o700;
export const PUBLIC_FILE = 0o644;

/**
 * Writes a file so that a reader sees the old or the new content, never a part: temporary file beside it, synced,
 * renamed. The mode holds from the first byte on. Of a link, what it names is written; what root writes is its folder's
 * owner's (owner.ts). What a killed process left of the temporary file, the next writing takes away.
 */
export async function writeAtomically(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const place = await placeOf(path).catch((error: unknown) => {
    throw fileError('write', path, error);
  });
  const temporary = join(dirname(place), `.${basename(place)}.tmp`);
  try {
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.chmod(mode);
      await giveToOwner(file, dirname(place));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, place);
  } catch (error) {
    // Its own failure (a directory that is none) must not hide the cause.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError('write', place, error);
  }
}

/**
 * Makes a directory that only its owner may enter, which is that of the one above it; tightens an existing one. One
 * that is as it should be is left alone: it may be another user's, or on a file system that keeps no modes.
 * @throws BundleError `file`, also for a link to a directory that is not there
 */
export async function privateDirectory(path: string): Promise<void> {
  await refuseMissingTarget(path);
  try {
    const made = await mkdir(path, { recursive: true, mode: PRIVATE_DIR });
    if (((await stat(path)).mode & 0o777) !== PRIVATE_DIR) await chmod(path, PRIVATE_DIR);
    if (made !== undefined) await giveDirectoryToOwner(path);
  } catch (error) {
    throw fileError('make', path, error);
  }
}

/**
 * The content of a file that bundle or git keeps, or undefined if there is no such file. @throws BundleError for
 * anything else, also for a pipe, a socket or a device in its place
 */
export const readIfPresent = (path: string): Promise<Buffer | undefined> => unlessAbsent(path, readPlain);

/** The same of one that the user named, which may be a pipe. @throws BundleError for anything else */
export const readNamed = (path: string): Promise<Buffer | undefined> => unlessAbsent(path, readWhole);

async function unlessAbsent(path: string, read: (path: string) => Promise<Buffer>): Promise<Buffer | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR')
      return undefined;
    throw fileError('read', path, error);
  }
}

/** What is at a path. @throws BundleError if it cannot be told */
export async function kindOfPath(path: string): Promise<'directory' | 'file' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    throw fileError('read', path, error);
  }
}

/** A file error in plain words: which file, what was tried, why. */
export function fileError(verb: string, path: string, error: unknown): BundleError {
  return new BundleError('file', `cannot ${verb} ${path}: ${errnoText(error)}`, { cause: error });
}

/** Whether it is a file error of a user who may not. */
export function isDenied(error: unknown): error is BundleError {
  if (!(error instanceof BundleError) || error.code !== 'file') return false;
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  return code === 'EACCES' || code === 'EPERM';
}
