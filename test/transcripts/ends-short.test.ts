import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../scripts/build.mjs';
import { bundle } from '../support/cli.ts';

describe('a command that waits for what never comes', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bundle-short-'));
    await buildBundle(pathToFileURL(`${join(dir, 'dist')}/`), 'test/support/never.ts');
  }, 120_000);
  afterAll(() => rm(dir, { recursive: true, force: true }));
  const run = (...args: string[]) => bundle(args, { entry: join(dir, 'dist', 'bundle.cjs') });

  it('does not end as if it were done', async () => {
    const done = await run('init', join(dir, 'prod'), '--stack', 'never', '--yes', '--no-prepare');
    expect(done).toMatchObject({ code: 13, stderr: expect.stringContaining('ended before its end') as string });
  });

  it('ends with 0 if nothing is waited for', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, stderr: '' });
  });
});
