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
  expect(await readLastVerification(dir, 'staging')).toBeUndefined();
  await saveLastVerification(dir, SEEN, 'staging');
  expect(await readLastVerification(dir, 'staging')).toEqual(SEEN);
});

it('is remembered with the release that it was of', async () => {
  const dir = await workplace();
  const last = { ...SEEN, release: { number: 6, at: '2025-12-31T00:00:00Z' } };
  await saveLastVerification(dir, last, 'staging');
  await saveLastVerification(dir, SEEN, 'production');
  expect(await readLastVerification(dir, 'staging')).toEqual(last);
  expect(await readLastVerification(dir, 'production')).toEqual(SEEN);
});

it('is that of the swarm that is asked, of each the newest', async () => {
  const dir = await workplace();
  const [staging, production] = [SEEN, { ...SEEN, at: '2026-01-02T00:00:00Z', exit: 5, failed: 1 }];
  await saveLastVerification(dir, { ...staging, at: '2025-12-31T00:00:00Z' }, 'staging');
  await saveLastVerification(dir, staging, 'staging');
  expect(await readLastVerification(dir, 'production')).toBeUndefined();
  await saveLastVerification(dir, production, 'production');
  expect(await readLastVerification(dir, 'production')).toEqual(production);
  expect(await readLastVerification(dir, 'staging')).toEqual(staging);
});

it('of an earlier build, which did not write down its swarm, counts until the next one', async () => {
  const dir = await workplace();
  await mkdir(join(dir, '.state'));
  await writeFile(join(dir, '.state/last-verification.json'), JSON.stringify(SEEN));
  expect(await readLastVerification(dir, 'staging')).toEqual(SEEN);
  const next = { ...SEEN, at: '2026-01-02T00:00:00Z' };
  await saveLastVerification(dir, next, 'production');
  expect(await readLastVerification(dir, 'production')).toEqual(next);
  expect(await readLastVerification(dir, 'staging')).toBeUndefined();
});

it('is kept of the ten swarms that were verified last', async () => {
  const dir = await workplace();
  for (let swarm = 1; swarm <= 11; swarm += 1) await saveLastVerification(dir, SEEN, String(swarm));
  expect(await readLastVerification(dir, '1')).toBeUndefined();
  expect(await readLastVerification(dir, '2')).toEqual(SEEN);
  expect(await readLastVerification(dir, '11')).toEqual(SEEN);
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
  await expect(saveLastVerification(dir, SEEN, 'staging')).resolves.toBeUndefined();
});
