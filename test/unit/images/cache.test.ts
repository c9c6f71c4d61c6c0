import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cached, keyOf, withScratch } from '../../../scripts/images/cache.ts';
import { image } from '../../../scripts/images/oci/image.ts';
import type { Layer } from '../../../scripts/images/oci/layer.ts';

const KIND = `unit-test-${process.pid}`;
let parent = '';
afterAll(() => rm(parent, { recursive: true, force: true }));

it('makes a thing once, also when asked for it twice at the same time', async () => {
  let builds = 0;
  const build = async (dir: string): Promise<void> => {
    builds++;
    writeFileSync(path.join(dir, 'file'), 'content');
  };
  const [first, second] = await Promise.all([cached(KIND, 'a', build), cached(KIND, 'a', build)]);
  parent = path.dirname(first);
  expect(second).toBe(first);
  expect(await cached(KIND, 'a', build)).toBe(first);
  expect(builds).toBe(1);
  expect(readFileSync(path.join(first, 'file'), 'utf8')).toBe('content');
});

it('keeps nothing of a build that failed, and tries again', async () => {
  let scratch = '';
  const failing = cached(KIND, 'b', async (dir) => {
    scratch = dir;
    throw new Error('no such package');
  });
  await expect(failing).rejects.toThrow('no such package');
  expect(existsSync(scratch)).toBe(false);
  expect(readdirSync(parent)).toEqual(['a']);
  expect(existsSync(await cached(KIND, 'b', async () => undefined))).toBe(true);
});

it('gives scratch directories that are gone afterwards', async () => {
  const dir = await withScratch(async (one) => {
    expect(existsSync(one)).toBe(true);
    return one;
  });
  expect(existsSync(dir)).toBe(false);
});

it('has one key for one content, and keeps parts apart', () => {
  expect(keyOf('ab', 'c')).toBe(keyOf('ab', Buffer.from('c')));
  expect(keyOf('ab', 'c')).not.toBe(keyOf('a', 'bc'));
});

it('describes the same image with the same bytes, and another with others', () => {
  const layer: Layer = { file: '/x', size: 3, digest: 'sha256:a', diffId: 'sha256:b' };
  const settings = { entrypoint: ['/a'], env: { A: '1' }, expose: [80], volumes: ['/data'] };
  expect(image([layer], settings)).toEqual(image([{ ...layer }], { ...settings }));
  expect(image([layer], { ...settings, env: { A: '2' } }).manifest).not.toBe(image([layer], settings).manifest);
  expect(JSON.parse(image([layer], settings).config).config).toMatchObject({
    Entrypoint: ['/a'],
    Env: ['A=1'],
    ExposedPorts: { '80/tcp': {} },
    Volumes: { '/data': {} },
  });
});
