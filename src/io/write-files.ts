import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BundleError } from '../errors.ts';
import { fileError, privateDirectory, PRIVATE_FILE, readIfPresent, writeAtomically } from './files.ts';

export interface PlannedFile {
  /** Below the directory; at most one directory deep. */
  path: string;
  content: string | Uint8Array;
  mode: number;
}

/**
 * Makes a directory with all files in it, or nothing: it is built beside its place under another name, then renamed.
 * @throws BundleError where something of that name is there by then
 */
export async function writeNewDirectory(dir: string, files: PlannedFile[]): Promise<void> {
  const parent = dirname(dir);
  const temporary = join(parent, `.${basename(dir)}.${randomBytes(6).toString('hex')}.tmp`);
  let made: string | undefined;
  try {
    made = await mkdir(parent, { recursive: true });
    await mkdir(temporary);
    for (const file of files) await writeOne(temporary, file);
    await rename(temporary, dir);
  } catch (error) {
    await rm(made ?? temporary, { recursive: true, force: true });
    throw error instanceof BundleError ? error : fileError('make', dir, error);
  }
}

/** Writes files into a directory that is there, each atomically and in the given order; after a failure all are as they were. */
export async function writeFilesInto(dir: string, files: PlannedFile[]): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const file of files) {
      const path = join(dir, file.path);
      const folder = dirname(path);
      if (folder !== dir && !(await exists(folder))) undo.push(() => rm(folder, { recursive: true, force: true }));
      const before = await readIfPresent(path);
      undo.push(before ? () => writeAtomically(path, before, file.mode) : () => rm(path, { force: true }));
      await writeOne(dir, file);
    }
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    throw error;
  }
}

async function writeOne(dir: string, { path, content, mode }: PlannedFile): Promise<void> {
  const full = join(dir, path);
  if (dirname(full) !== dir && mode === PRIVATE_FILE) await privateDirectory(dirname(full));
  await writeAtomically(full, content, mode);
}

/** What is at a path. @throws BundleError where it cannot be told */
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
