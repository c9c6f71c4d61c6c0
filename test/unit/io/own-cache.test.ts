import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepFile, ownCache } from '../../../src/io/own-cache.ts';
import { modeOf, workplace } from '../init/support.ts';

describe('the folder of a user’s own cache', () => {
  it('is made for this user alone', () => {
    const caches = workplace();
    const folder = join(caches, 'bundle', 'any');
    expect(ownCache({ XDG_CACHE_HOME: caches }, 'any')).toBe(folder);
    expect(ownCache({ HOME: caches }, 'any')).toBe(join(caches, '.cache/bundle/any'));
    for (const path of [folder, join(folder, '..')]) expect(modeOf(path)).toBe('700');
  });

  it.each([
    ['there is no home', {}],
    ['the home is not there', { HOME: '/nonexistent' }],
    ['the cache directory is not there', { XDG_CACHE_HOME: '/nonexistent' }],
    ['the cache directory is no absolute path', { XDG_CACHE_HOME: 'caches' }],
  ])('is none if %s', (_why, env) => {
    expect(ownCache(env, 'any')).toBeUndefined();
  });

  it('is none if Node’s own variable switches it off', () => {
    const caches = workplace();
    expect(ownCache({ XDG_CACHE_HOME: caches, NODE_DISABLE_COMPILE_CACHE: '1' }, 'any')).toBeUndefined();
    expect(readdirSync(caches)).toEqual([]);
  });

  it('is none if a file is in its place', () => {
    const caches = workplace();
    writeFileSync(join(caches, 'bundle'), '');
    expect(ownCache({ XDG_CACHE_HOME: caches }, 'any')).toBeUndefined();
  });

  it.each(['bundle', 'bundle/any'].flatMap((path) => [0o770, 0o707, 0o720, 0o702].map((mode) => ({ path, mode }))))(
    'is none if others may write to $path ($mode)',
    ({ path, mode }) => {
      const caches = workplace();
      mkdirSync(join(caches, path), { recursive: true });
      chmodSync(join(caches, path), mode);
      expect(ownCache({ XDG_CACHE_HOME: caches }, 'any')).toBeUndefined();
      chmodSync(join(caches, path), 0o755);
      expect(ownCache({ XDG_CACHE_HOME: caches }, 'any')).toBe(join(caches, 'bundle/any'));
    },
  );

  it.skipIf(process.getuid?.() !== 0).each(['', 'bundle', 'bundle/any'])(
    'is none if %j of it is somebody else’s',
    (path) => {
      const caches = workplace();
      mkdirSync(join(caches, path), { recursive: true });
      chownSync(join(caches, path), 54_321, 54_321);
      expect(ownCache({ XDG_CACHE_HOME: caches }, 'any')).toBeUndefined();
    },
  );
});

describe('a file of it', () => {
  it('takes the place of the one before, for this user alone', () => {
    const file = join(workplace(), 'folder', 'file');
    keepFile(file, 'before');
    keepFile(file, 'after');
    expect(readFileSync(file, 'utf8')).toBe('after');
    expect(modeOf(file)).toBe('600');
    expect(readdirSync(join(file, '..'))).toEqual(['file']);
  });

  it('that cannot be written is not there, and nothing beside it', () => {
    const dir = workplace();
    mkdirSync(join(dir, 'file'));
    keepFile(join(dir, 'file'), 'content');
    writeFileSync(join(dir, 'none'), '');
    keepFile(join(dir, 'none', 'file'), 'content');
    expect(readdirSync(dir).sort()).toEqual(['file', 'none']);
    expect(statSync(join(dir, 'file')).isDirectory()).toBe(true);
    expect(existsSync(join(dir, 'none', 'file'))).toBe(false);
  });
});
