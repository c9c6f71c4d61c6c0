import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

/**
 * A folder in the user's own cache directory, for what makes the next command sooner: in the common /tmp somebody else
 * could leave something there. It is made if it is not there, and is this user's alone then. Never throws.
 * @param env `XDG_CACHE_HOME`, else `HOME`; `NODE_DISABLE_COMPILE_CACHE` says that nothing shall be kept
 * @param folder its name
 * @returns absolute path; undefined without a home of this user's, if another user owns one of the directories, or may
 *   write to one that is bundle's, on a disk that cannot be written, and on a system without users
 */
export function ownCache(env: NodeJS.ProcessEnv, folder: string): string | undefined {
  if (env['NODE_DISABLE_COMPILE_CACHE'] !== undefined) return undefined;
  const { HOME: home = '', XDG_CACHE_HOME: given = '' } = env;
  const caches = given === '' ? join(home, '.cache') : given;
  const owned = given === '' ? home : given;
  if (!isAbsolute(owned)) return undefined;
  const directory = join(caches, 'bundle', folder);
  try {
    // With `sudo` it may be another user's, who could not write to what root made there.
    if (!isOwn(owned)) return undefined;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Whoever owns one of these could leave something in it: XDG_CACHE_HOME may be a directory that all write to.
    return isOwn(caches) && isOwnAlone(dirname(directory)) && isOwnAlone(directory) ? directory : undefined;
  } catch {
    // Not there, or a read-only disk.
    return undefined;
  }
}

const isOwn = (path: string): boolean => statSync(path).uid === process.getuid?.();

/** Whether nobody else may write to it either. */
function isOwnAlone(path: string): boolean {
  const { uid, mode } = statSync(path);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

/**
 * Writes a file of the cache so that it is whole or not there. Does nothing on a full disk or in a directory of
 * somebody else's; never throws.
 * @param file absolute path; its folder is made if it is not there
 */
export function keepFile(file: string, content: Uint8Array | string): void {
  const written = `${file}.${process.pid}`;
  const done = succeeds(() => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(written, content, { mode: 0o600 });
    renameSync(written, file);
  });
  if (!done) succeeds(() => rmSync(written, { force: true }));
}

function succeeds(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
