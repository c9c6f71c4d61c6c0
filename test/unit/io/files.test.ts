import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { privateDirectory } from '../../../src/io/files.ts';
import { modeOf, workplace } from '../init/support.ts';

/** When its mode was last set, be it to the same. */
const changed = (path: string): bigint => statSync(path, { bigint: true }).ctimeNs;

it('a private directory is made, or tightened', async () => {
  const dir = workplace();
  mkdirSync(join(dir, 'open'));
  chmodSync(join(dir, 'open'), 0o755);
  for (const name of ['open', 'new']) {
    await privateDirectory(join(dir, name));
    expect(modeOf(join(dir, name))).toBe('700');
  }
});

it('one that is as it should be is left alone: only its owner may change it', async () => {
  const dir = join(workplace(), 'secrets');
  mkdirSync(dir);
  chmodSync(dir, 0o700);
  const before = changed(dir);
  const clock = join(dir, '../clock');
  // The file system's clock is coarse: from here on it tells a change from none.
  do writeFileSync(clock, '');
  while (changed(clock) <= before);
  await privateDirectory(dir);
  expect(changed(dir)).toBe(before);
});
