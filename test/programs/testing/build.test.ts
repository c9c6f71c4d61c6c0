import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { buildBundle } from '../../../scripts/build.mjs';

const ENTRY = 'test/support/never.ts';

it('a build replaces the one before file by file: nothing of it is missing for a moment', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'bundle-build-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const dist = join(parent, 'dist');
  const build = (entry = ENTRY): Promise<void> => buildBundle(pathToFileURL(`${dist}/`), entry);
  await build();
  const files = (await readdir(dist)).sort();
  expect(files).toEqual(expect.arrayContaining(['LICENSES.txt', 'bundle.cjs', 'bundle.mjs']));
  const before = await readFile(join(dist, 'bundle.cjs'), 'utf8');
  const { ino } = await stat(join(dist, 'bundle.cjs'));
  await mkdir(join(dist, 'of-an-earlier-build'));
  await writeFile(join(dist, 'chunk-EARLIER.cjs'), '');

  let ended = false;
  const again = build().finally(() => (ended = true));
  const missing = new Set<string>();
  while (!ended) {
    for (const file of files) if (!existsSync(join(dist, file))) missing.add(file);
    await turn();
  }
  await again;
  expect([...missing]).toEqual([]);
  expect((await stat(join(dist, 'bundle.cjs'))).ino).not.toBe(ino);
  expect(await readFile(join(dist, 'bundle.cjs'), 'utf8')).toBe(before);
  expect((await readdir(dist)).sort()).toEqual(files);

  await expect(build('test/support/no-such-file.ts')).rejects.toThrow('Could not resolve');
  expect((await readdir(dist)).sort()).toEqual(files);
  expect(await readdir(parent)).toEqual(['dist']);
});
