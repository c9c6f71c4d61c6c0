import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { bundle } from '../support/cli.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
let root: string;
let caches: string;
let prod: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-compiled-'));
  prod = join(root, 'prod');
  const answers = ['--stack', 'zookeeper', '--set', 'nodes=[n1,n2,n3]', '--set', 'image=zookeeper:3.8.4'];
  const made = await bundle(['init', prod, '--yes', '--no-prepare', ...answers]);
  expect(made.code, made.all).toBe(0);
  return () => rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  caches = await mkdtemp(join(root, 'caches-'));
});

/** With --check: what `render` alone finds is kept as well (kept-result.test.ts). */
const RENDER = ['render', '--check'];

async function render(env: NodeJS.ProcessEnv = {}, entry?: string): Promise<void> {
  const done = await bundle([...RENDER, prod], { env: { XDG_CACHE_HOME: caches, ...env }, ...(entry && { entry }) });
  expect(done.stdout).toContain('up to date');
  expect(done.code, done.all).toBe(0);
}

/** What is kept: path and inode. A file that is written anew is another one. */
async function kept(): Promise<Map<string, number>> {
  const paths = await readdir(caches, { recursive: true });
  const files = await Promise.all(paths.map(async (path) => [path, await stat(join(caches, path))] as const));
  return new Map(files.flatMap(([path, file]) => (file.isFile() ? [[path, file.ino] as const] : [])));
}

describe('what Node compiled is kept', () => {
  it('once, for its owner alone, and taken back by the next command', async () => {
    await render();
    const first = await kept();
    expect(first.size).toBeGreaterThan(3);
    const folder = join(caches, 'bundle');
    expect((await stat(folder)).mode & 0o077).toBe(0);
    // V8 refuses what does not fit, and then it is written anew.
    await render();
    expect(await kept()).toEqual(first);
  });

  it('for each command apart: another one runs other functions of the same modules', async () => {
    const env = { XDG_CACHE_HOME: caches };
    await render();
    const first = await kept();
    expect((await bundle(['schema'], { env })).code).toBe(0);
    expect((await bundle(['nothing', prod], { env })).code).toBe(2);
    expect((await readdir(join(caches, 'bundle', 'node'))).sort()).toEqual(['other', 'render', 'schema']);
    const now = await kept();
    expect(new Map([...now].filter(([path]) => first.has(path)))).toEqual(first);
  });

  it('by many commands at once', async () => {
    await Promise.all(Array.from({ length: 6 }, () => render()));
    const all = await kept();
    expect([...all.keys()].filter((path) => !/\.cjs$/.test(path))).toEqual([]);
    await render();
    expect(await kept()).toEqual(all);
  });

  it.each([
    ['Node’s own variable switches it off', { NODE_DISABLE_COMPILE_CACHE: '1' }],
    ['there is no home', { XDG_CACHE_HOME: '' }],
    ['the cache directory is not there', { XDG_CACHE_HOME: '/nonexistent' }],
    ['the cache directory is no absolute path', { XDG_CACHE_HOME: 'caches' }],
  ])('nowhere if %s', async (_why, env) => {
    await render(env);
    expect(await kept()).toEqual(new Map());
  });

  it.skipIf(process.getuid?.() !== 0).each([
    ['the cache directory is somebody else’s, as with sudo', ''],
    ['somebody else was there before', 'bundle'],
    ['somebody else has made the last directory', 'bundle/node'],
  ])('nowhere if %s', async (_why, path) => {
    await mkdir(join(caches, path), { recursive: true });
    await chown(join(caches, path), 54_321, 54_321);
    await render();
    expect(await kept()).toEqual(new Map());
  });

  it.each(['bundle', 'bundle/node'])('nowhere if others may write to %s', async (path) => {
    await mkdir(join(caches, path), { recursive: true });
    await chmod(join(caches, path), 0o777);
    await render();
    expect(await kept()).toEqual(new Map());
  });

  it('nowhere, without a word, if it cannot be written', async () => {
    await writeFile(join(caches, 'bundle'), '');
    await render();
    expect([...(await kept()).keys()]).toEqual(['bundle']);
  });
});

describe('of what was kept is not taken', () => {
  /** Does something to the largest file that is kept, and renders again. */
  async function after(change: (file: string) => Promise<void>): Promise<void> {
    await render();
    const before = await kept();
    const sizes = await Promise.all([...before.keys()].map(async (path) => (await stat(join(caches, path))).size));
    const largest = [...before.keys()][sizes.indexOf(Math.max(...sizes))] ?? '';
    await change(join(caches, largest));
    await render();
    const now = await kept();
    expect(now.get(largest), 'it is written anew').not.toBe(before.get(largest));
    expect([...now.keys()].sort()).toEqual([...before.keys()].sort());
    await render();
    expect(await kept()).toEqual(now);
  }

  it.each([0, 5, 8, 9, 5000])('a file that was cut to %d bytes', (length) => after((file) => truncate(file, length)));

  it('a file with another byte in it', () =>
    after(async (file) => {
      const content = await readFile(file);
      content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
      await rm(file);
      await writeFile(file, content);
    }));

  it('what belongs to a module of the same name and length, but of another text', async () => {
    await render();
    const before = await kept();
    const other = join(root, 'other', 'dist');
    await cp(dist, other, { recursive: true });
    await mkdir(join(root, 'other', 'scripts'), { recursive: true });
    onTestFinished(() => rm(join(root, 'other'), { recursive: true }));
    const changed: string[] = [];
    for (const name of await readdir(other)) {
      const text = await readFile(join(other, name), 'utf8');
      if (!text.includes('up to date')) continue;
      await writeFile(join(other, name), text.replaceAll('up to date', 'up to then'));
      changed.push(name);
    }
    const done = await bundle([...RENDER, prod], {
      env: { XDG_CACHE_HOME: caches },
      entry: join(other, 'bundle.cjs'),
    });
    expect(done.stdout).toContain('up to then');
    const now = await kept();
    const anew = [...now.keys()].filter((path) => now.get(path) !== before.get(path));
    expect(anew.length).toBeGreaterThan(0);
    expect(anew.filter((path) => !changed.some((name) => path.endsWith(`/${name}`)))).toEqual([]);
  });
});
