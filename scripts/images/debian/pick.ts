/**
 * Out of an unpacked tree, only what is needed: the paths asked for, and the shared libraries that their programs name.
 */
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../lab/exec.ts';

const LOADERS = ['usr/lib64/ld-linux-x86-64.so.2', 'usr/lib/ld-linux-aarch64.so.1'];

/**
 * Copies paths of a tree (relative to it; `*` at the end of a name stands for any rest) with their libraries into `to`.
 * A program's libraries are asked of the tree's own loader, under chroot, so the tree may be of another release than
 * this machine.
 *
 * @throws Error for a path that is not there: a package has moved it.
 */
export async function pick(tree: string, to: string, paths: readonly string[]): Promise<void> {
  const wanted = paths
    .flatMap((one) => expand(tree, one))
    .flatMap((one) => withTargets(tree, one))
    .flatMap((one) => below(tree, one));
  const libraries = await librariesOf(
    tree,
    wanted.filter((one) => isElf(path.join(tree, one))),
  );
  const list = [...new Set([...wanted, ...libraries].flatMap(withParents))].sort();
  // One tar pipe keeps modes, links and directories as they are.
  await run(
    [
      'sh',
      '-c',
      'tar -C "$1" -c --no-recursion --verbatim-files-from -T - | tar -C "$2" -x --keep-directory-symlink',
      'sh',
      tree,
      to,
    ],
    {
      input: list.join('\n'),
    },
  );
}

function expand(tree: string, pattern: string): string[] {
  const dir = path.dirname(pattern);
  const start = path.basename(pattern).replace(/\*$/, '');
  const names = existsSync(path.join(tree, dir)) ? readdirSync(path.join(tree, dir)) : [];
  const found = names.filter((name) => (pattern.endsWith('*') ? name.startsWith(start) : name === start));
  if (found.length === 0) throw new Error(`${pattern}: not in the packages that were unpacked`);
  return found.map((name) => path.join(dir, name));
}

/** A path and, for a symbolic link, what it points to, as a process under chroot would see it. */
function withTargets(tree: string, one: string): string[] {
  const file = path.join(tree, one);
  if (!lstatSync(file).isSymbolicLink()) return [one];
  const link = readlinkSync(file);
  const target = mergedUsr(path.isAbsolute(link) ? link.slice(1) : path.join(path.dirname(one), link));
  return existsSync(path.join(tree, target)) ? [one, ...withTargets(tree, target)] : [one];
}

function below(tree: string, one: string): string[] {
  if (!lstatSync(path.join(tree, one)).isDirectory()) return [one];
  return [one, ...readdirSync(path.join(tree, one)).flatMap((name) => below(tree, path.join(one, name)))];
}

function withParents(one: string): string[] {
  const parts = one.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** A path without detours; `lib/x` and the like as `usr/lib/x`, which is what they are on a merged /usr. */
function mergedUsr(one: string): string {
  const direct = path.normalize(one);
  return /^(bin|sbin|lib|lib64)\//.test(direct) ? `usr/${direct}` : direct;
}

async function librariesOf(tree: string, programs: readonly string[]): Promise<string[]> {
  const loader = LOADERS.find((one) => existsSync(path.join(tree, one)));
  if (loader === undefined || programs.length === 0) return [];
  const found = new Set([loader]);
  for (const program of programs) {
    const { code, stdout } = await run(['chroot', tree, `/${loader}`, '--list', `/${program}`], { check: false });
    if (code !== 0) continue; // a static program names no libraries
    for (const [, file = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) found.add(mergedUsr(file.slice(1)));
  }
  return [...found].flatMap((one) => withTargets(tree, one));
}

function isElf(file: string): boolean {
  if (!lstatSync(file).isFile()) return false;
  const fd = openSync(file, 'r');
  try {
    const magic = Buffer.alloc(4);
    return readSync(fd, magic, 0, 4, 0) === 4 && magic.toString('latin1') === '\x7fELF';
  } finally {
    closeSync(fd);
  }
}
