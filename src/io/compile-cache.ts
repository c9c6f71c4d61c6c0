import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { keepCompiledFiles } from './compiled-files.ts';
import { ownCache } from './own-cache.ts';

/**
 * Keeps what Node compiles of modules that are loaded from now on, so that the next command starts sooner. It is kept
 * in the user's own cache directory: somebody else could leave code in another one. Does nothing without one
 * (own-cache.ts), if the variables of Node's own compile cache say where or that it shall not, or on a Node without
 * `crc32` (21, and 22 before 22.2); never throws.
 * @param command each has a directory of its own: what is kept of a module holds the functions that ran when it was
 *   kept, and another command that compiles others has to do so each time
 */
export function keepCompiledCode(env: NodeJS.ProcessEnv, command: string): void {
  if (env['NODE_COMPILE_CACHE'] !== undefined) return;
  if (!('crc32' in zlib)) return;
  const directory = ownCache(env, 'node');
  if (directory !== undefined) keepCompiledFiles(join(directory, command));
}
