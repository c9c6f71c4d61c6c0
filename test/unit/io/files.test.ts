import { chmodSync, mkdirSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { privateDirectory } from '../../../src/io/files.ts';
import { modeOf, workplace } from '../init/support.ts';

vi.mock('node:fs/promises', { spy: true });

it('a private directory is made, or tightened', async () => {
  const dir = workplace();
  mkdirSync(join(dir, 'open'));
  chmodSync(join(dir, 'open'), 0o755);
  for (const name of ['open', 'new']) {
    await privateDirectory(join(dir, name));
    expect(modeOf(join(dir, name))).toBe('700');
  }
  expect(chmod).toHaveBeenCalledWith(join(dir, 'open'), 0o700);
});

it('one that is as it should be is left alone: only its owner may change it', async () => {
  const dir = workplace();
  chmodSync(dir, 0o700);
  await privateDirectory(dir);
  expect(chmod).not.toHaveBeenCalledWith(dir, expect.anything());
});
