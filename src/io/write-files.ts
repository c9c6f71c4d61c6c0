import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { FILE, IGNORE_ALL } from '../bundle/names.ts';
import { BundleError } from '../errors.ts';
import { aloneIn, beingWritten, WRITE_LOCK } from './write-lock.ts';
import { fileError, privateDirectory, PRIVATE_DIR, PUBLIC_FILE, readIfPresent, writeAtomically } from './files.ts';

export interface PlannedFile {
  /** Below the directory; at most one directory deep. */
  path: string;
  content: string | Uint8Array;
  mode: number;
}

/**
 * Beside the files of a bundle: what is about to be written, as yet incomplete; and complete, being put into its place.
 */
const STAGING = '.writing.tmp';
const STAGED = '.writing';
/**
 * The staging directory's own .gitignore keeps what a killed process left in it out of git; the bundle's has another
 * name there.
 */
const BUNDLE_IGNORE = `${FILE.ignore}.staged`;
const stagedAs = (path: string): string => (path === FILE.ignore ? BUNDLE_IGNORE : path);

/** Throws if what the files follow from is not there any more as it was read. */
export type AsRead = () => Promise<void>;

/**
 * Makes a directory with all files in it, or nothing. A process that is killed meanwhile leaves what `finishWriting`
 * completes or clears away.
 * @param asRead as of `writeFilesInto`
 * @throws BundleError `being-written` (exit 8) if something of that name is there by then
 */
export async function writeNewDirectory(dir: string, files: PlannedFile[], asRead?: AsRead): Promise<void> {
  let made: string | undefined;
  try {
    made = await mkdir(dirname(dir), { recursive: true });
    await mkdir(dir);
    made ??= dir;
    await writeFilesInto(dir, files, asRead);
  } catch (error) {
    if (made !== undefined) await removeEmpty(dir, made);
    if (error instanceof BundleError) throw error;
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? beingWritten(dir) : fileError('make', dir, error);
  }
}

/** Removes a directory and those above it, up to one of them, as far as nobody has put anything into them. */
async function removeEmpty(dir: string, last: string): Promise<void> {
  try {
    for (let at = dir; at.startsWith(last); at = dirname(at)) await rmdir(at);
  } catch {
    // What is in it is somebody else's.
  }
}

/**
 * Writes files into a directory that is there, in the given order; after a failure all are as they were. They are
 * staged first, so that of a process that is killed meanwhile either none or, after `finishWriting`, all are written: a
 * key without its certificate is worth nothing. One process at a time writes in a directory.
 * @param asRead is called once nobody else can write
 * @throws BundleError `being-written` (exit 8) if another process is writing there
 */
export async function writeFilesInto(
  dir: string,
  files: PlannedFile[],
  asRead: AsRead = () => Promise.resolve(),
): Promise<void> {
  if (files.length === 0) return;
  await aloneIn(dir, async () => {
    await finish(dir);
    await asRead();
    await write(dir, files);
  });
}

async function write(dir: string, files: PlannedFile[]): Promise<void> {
  const staged = await stage(dir, files);
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const { path, mode } of files) {
      const target = join(dir, path);
      const folder = dirname(target);
      if (folder !== dir && !(await exists(folder))) undo.push(() => rm(folder, { recursive: true, force: true }));
      const before = await readIfPresent(target);
      undo.push(before ? () => writeAtomically(target, before, mode) : () => rm(target, { force: true }));
      await putInPlace(staged, dir, path);
    }
  } catch (error) {
    // First of all: what is taken back now must not be completed later.
    await rm(staged, { recursive: true, force: true });
    for (const step of undo.reverse()) await step().catch(() => undefined);
    throw error;
  }
  await rm(staged, { recursive: true });
}

/**
 * Completes the writing of a process that was killed in it, or clears away what that had not staged completely. To be
 * called before a bundle is read that is to be written.
 * @throws BundleError `being-written` (exit 8) if it was not killed, and is still writing
 */
export async function finishWriting(dir: string): Promise<void> {
  if ((await kindOfPath(dir)) !== 'directory') return;
  const left = await Promise.all([STAGING, STAGED, WRITE_LOCK].map((name) => exists(join(dir, name))));
  if (left.includes(true)) await aloneIn(dir, () => finish(dir));
}

async function finish(dir: string): Promise<void> {
  try {
    await rm(join(dir, STAGING), { recursive: true, force: true });
    const staged = join(dir, STAGED);
    if (!(await exists(staged))) return;
    const entries = await readdir(staged, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(staged, join(entry.parentPath, entry.name)));
    for (const path of paths)
      if (path !== FILE.ignore) await putInPlace(staged, dir, path === BUNDLE_IGNORE ? FILE.ignore : path);
    await rm(staged, { recursive: true });
  } catch (error) {
    throw error instanceof BundleError ? error : fileError('complete what was being written in', dir, error);
  }
}

/** All files in a directory of their own beside their places, which has its name only when they are complete. */
async function stage(dir: string, files: PlannedFile[]): Promise<string> {
  const staging = join(dir, STAGING);
  const staged = join(dir, STAGED);
  try {
    await mkdir(staging, { mode: PRIVATE_DIR });
  } catch (error) {
    throw fileError('make', staging, error);
  }
  try {
    await writeAtomically(join(staging, FILE.ignore), IGNORE_ALL, PUBLIC_FILE);
    for (const { path, content, mode } of files) {
      const target = join(staging, stagedAs(path));
      if (dirname(target) !== staging) await privateDirectory(dirname(target));
      await writeAtomically(target, content, mode);
    }
    await rename(staging, staged);
    return staged;
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error instanceof BundleError ? error : fileError('make', staged, error);
  }
}

/** Moves one staged file; a folder is private if a staged one is, since `stage` makes no others. */
async function putInPlace(staged: string, dir: string, path: string): Promise<void> {
  const target = join(dir, path);
  if (dirname(target) !== dir) await privateDirectory(dirname(target));
  try {
    await rename(join(staged, stagedAs(path)), target);
  } catch (error) {
    throw fileError('write', target, error);
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

const exists = async (path: string): Promise<boolean> => (await kindOfPath(path)) !== undefined;
