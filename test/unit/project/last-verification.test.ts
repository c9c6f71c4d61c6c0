import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readLastVerification, saveLastVerification } from '../../../src/project/last-verification.ts';

const SEEN = { at: '2026-01-01T00:00:00Z', exit: 0, passed: 3, failed: 0, unsure: 0 };
const workplace = async (): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'bundle-last-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
};

it('is remembered', async () => {
  const dir = await workplace();
  expect(await readLastVerification(dir)).toBeUndefined();
  await saveLastVerification(dir, SEEN);
  expect(await readLastVerification(dir)).toEqual(SEEN);
});

it.each<[string, (dir: string) => Promise<unknown>]>([
  ['a file stands where its directory would', (dir) => writeFile(join(dir, '.state'), '')],
  [
    'a directory stands in its place',
    (dir) => mkdir(join(dir, '.state/last-verification.json/x'), { recursive: true }),
  ],
  ['the bundle’s directory is gone', (dir) => rm(dir, { recursive: true }).then(() => writeFile(dir, ''))],
])('is not, and nothing fails for it, if %s', async (_what, spoil) => {
  const dir = await workplace();
  await spoil(dir);
  await expect(saveLastVerification(dir, SEEN)).resolves.toBeUndefined();
});
