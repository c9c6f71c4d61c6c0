import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { externalBuiltins, packNode } from '../../../scripts/images/recipes/node.ts';

async function emptyRoot(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'bundle-node-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

// Images are built by root alone (chroot).
const isRoot = process.getuid?.() === 0;

it.skipIf(!isRoot)('this machine’s node runs with nothing but what was packed, as the layer of an image', async () => {
  const root = await emptyRoot();
  await packNode(realpathSync(process.execPath), root);
  expect(await readdir(root)).toEqual(['usr']);
});

it.skipIf(!isRoot)('a node that cannot be packed is told in its own words, before anything is kept', async () => {
  const [root, dir] = [await emptyRoot(), await emptyRoot()];
  const program = join(dir, 'node');
  await writeFile(program, '#!/usr/bin/of-another-machine\n');
  await chmod(program, 0o755);
  await expect(packNode(program, root)).rejects.toThrow(
    /cannot be packed into an image \(\d+\); install another build of it[^]*chroot: .*\/usr\/local\/bin\/node/,
  );
});

it('modules that a distributor’s build reads from files are known by their paths in it', () => {
  const name = '/usr/share/nodejs/cjs-module-lexer/dist/lexer.js';
  const binary = Buffer.from(
    `\x7fELF\0${name}\0/usr/share/nodejs\0${name}\0/usr/share/nodejs/undici/undici-fetch.js\0`,
  );
  expect(externalBuiltins(binary)).toEqual([name, '/usr/share/nodejs/undici/undici-fetch.js']);
});
