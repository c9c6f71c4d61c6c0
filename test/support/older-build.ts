import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The build before the second edition of the house: the oldest one that an operator may still work with. */
const COMMIT = '8199430fda6c839256a163ef168a0831283f1b4f';

/**
 * Builds the program as it was, out of this repository's history, with the packages of today.
 * @returns its entry, and what takes it off the disk
 * @throws Error if the history does not reach back to it: a test of two builds must not pass with one
 */
export async function olderBuild(): Promise<{ entry: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'bundle-older-'));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    const tar = join(dir, 'source.tar');
    await run('git', ['archive', `--output=${tar}`, COMMIT], { cwd: root }).catch((error: unknown) => {
      throw new Error(
        `commit ${COMMIT} is not in the history of ${root}, so nothing is shown of an operator on the older build; ` +
          'get the whole history: git fetch --unshallow',
        { cause: error },
      );
    });
    await run('tar', ['-xf', tar, '-C', dir]);
    await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));
    await run(process.execPath, ['scripts/build.mjs'], { cwd: dir });
    return { entry: join(dir, 'dist', 'bundle.mjs'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
