import { mkdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import * as zlib from 'node:zlib';
import { keepCompiledFiles } from './compiled-files.ts';

/**
 * Keeps what Node compiles of modules that are loaded from now on, so that the next command starts sooner. It is kept
 * in the user's own cache directory: in the common /tmp somebody else could leave code for it; a directory that is made
 * is this user's alone. Does nothing without a home of this user's, or if the variables of Node's own compile cache say
 * where or that it shall not, or on a Node without `crc32` (21, and 22 before 22.2); never throws.
 * @param command each has a directory of its own: what is kept of a module holds the functions that ran when it was
 *   kept, and another command that compiles others has to do so each time
 */
export function keepCompiledCode(env: NodeJS.ProcessEnv, command: string): void {
  if (env['NODE_COMPILE_CACHE'] !== undefined || env['NODE_DISABLE_COMPILE_CACHE'] !== undefined) return;
  if (!('crc32' in zlib)) return;
  const { HOME: home = '', XDG_CACHE_HOME: given = '' } = env;
  const caches = given === '' ? join(home, '.cache') : given;
  const owned = given === '' ? home : given;
  if (!isAbsolute(owned)) return;
  const directory = join(caches, 'bundle', 'node');
  try {
    // With `sudo` it may be another user's, who could not write to what root made there.
    if (!isOwn(owned)) return;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Whoever owns one of these could leave code in it: XDG_CACHE_HOME may be a directory that all write to.
    if (![caches, dirname(directory), directory].every(isOwn)) return;
  } catch {
    // Not there, or a read-only disk.
    return;
  }
  keepCompiledFiles(join(directory, command));
}

const isOwn = (path: string): boolean => statSync(path).uid === process.getuid?.();
