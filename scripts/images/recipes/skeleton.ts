/** The lowest layer of every image: the directories a Linux program expects, user names, and busybox as its shell. */
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../lab/exec.ts';
import { withScratch, keyOf } from '../cache.ts';
import { machineMirror } from '../debian/mirror.ts';
import { download, unpack } from '../debian/packages.ts';
import { type Layer, layer } from '../oci/layer.ts';
import type { Log } from './recipe.ts';

/** Numbers as in the official images of MySQL and ZooKeeper. */
const USERS = { root: 0, nobody: 65534, mysql: 999, zookeeper: 1000 };

const FILES: Readonly<Record<string, string>> = {
  'etc/passwd': Object.entries(USERS)
    .map(([name, id]) => `${name}:x:${id}:${id}:${name}:${id === 0 ? '/root' : '/'}:/bin/sh\n`)
    .join(''),
  'etc/group': Object.entries(USERS)
    .map(([name, id]) => `${name}:x:${id}:\n`)
    .join(''),
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** The layer, from the cache or built. */
export async function skeleton(log: Log): Promise<Layer> {
  const packages = { release: machineMirror().release, closure: [], alone: ['busybox-static'] };
  return layer(keyOf('skeleton 1', JSON.stringify([FILES, packages])), async (root) => {
    await emptySystem(root);
    await busybox(root, await download(packages, log));
  });
}

/** Fills a directory with what every Linux system has: its directories, merged `/usr`, and the names of its users. */
export async function emptySystem(root: string): Promise<void> {
  for (const dir of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(path.join(root, 'usr', dir), { recursive: true });
    await symlink(`usr/${dir}`, path.join(root, dir));
  }
  for (const dir of ['dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp', 'var/lib', 'var/log', 'var/tmp'])
    await mkdir(path.join(root, dir), { recursive: true });
  await symlink('../run', path.join(root, 'var', 'run'));
  for (const dir of ['tmp', 'var/tmp']) await chmod(path.join(root, dir), 0o1777);
  for (const [file, text] of Object.entries(FILES)) await writeFile(path.join(root, file), text);
}

async function busybox(root: string, debs: string): Promise<void> {
  const program = path.join(root, 'usr', 'bin', 'busybox');
  await withScratch(async (tree) => {
    await unpack(debs, tree);
    await copyFile(path.join(tree, 'usr', 'bin', 'busybox'), program);
  });
  await chmod(program, 0o755);
  const { stdout } = await run([program, '--list']);
  for (const name of stdout.split('\n').filter((one) => one !== '' && one !== 'busybox'))
    await symlink('busybox', path.join(root, 'usr', 'bin', name));
}
