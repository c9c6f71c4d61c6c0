import { lstat, mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BundleError } from '../errors.ts';
import { fileError, kindOfPath, readIfPresent, writeAtomically } from './files.ts';
import { refuseMissingTarget } from './missing-target.ts';
import { clearStaged, putInPlace, stage, STAGED, stagedFiles, STAGING, type PlannedFile } from './staging.ts';
import { aloneIn, beingWritten, WRITE_LOCK } from './write-lock.ts';

export type { PlannedFile } from './staging.ts';

/** What is in a directory that is being written, or was when a process was killed. */
export const UNFINISHED = [STAGING, STAGED, WRITE_LOCK] as const;

/** Throws if what the files follow from is not there any more as it was read. */
export type AsRead = () => Promise<void>;

/**
 * Makes a directory with all files in it, or nothing. A process that is killed meanwhile leaves what `finishWriting`
 * completes or clears away.
 * @param asRead as of `writeFilesInto`
 * @throws BundleError `being-written` (exit 8) if something of that name is there by then; `file` if it cannot be made
 */
export async function writeNewDirectory(dir: string, files: PlannedFile[], asRead?: AsRead): Promise<void> {
  await refuseMissingTarget(dir);
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
 * key without its certificate is worth nothing. One process at a time writes in a directory. A folder or a file in it
 * may be a link, or on another file system; a link stays one.
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
      await putInPlace(staged.get(path) ?? '', dir, path);
    }
  } catch (error) {
    // First of all: what is taken back now must not be completed later.
    await clearStaged(dir, STAGED);
    for (const step of undo.reverse()) await step().catch(() => undefined);
    throw error;
  }
  await clearStaged(dir, STAGED);
}

/**
 * Completes the writing of a process that was killed in it, or clears away what that had not staged completely. To be
 * called before a bundle is read that is to be written.
 * @throws BundleError `being-written` (exit 8) if it was not killed, and is still writing
 */
export async function finishWriting(dir: string): Promise<void> {
  if ((await kindOfPath(dir)) !== 'directory') return;
  const left = await Promise.all(UNFINISHED.map((name) => exists(join(dir, name))));
  if (left.includes(true)) await aloneIn(dir, () => finish(dir));
}

async function finish(dir: string): Promise<void> {
  try {
    await clearStaged(dir, STAGING);
    const staged = await stagedFiles(dir);
    if (staged === undefined) return;
    for (const [path, at] of staged) await putInPlace(at, dir, path);
    await clearStaged(dir, STAGED);
  } catch (error) {
    throw error instanceof BundleError ? error : fileError('complete what was being written in', dir, error);
  }
}

/** A link is there, whatever it names: it is somebody's. @throws BundleError if it cannot be told */
const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw fileError('read', path, error);
    },
  );
