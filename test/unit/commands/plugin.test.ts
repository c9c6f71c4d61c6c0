import { lstat, mkdir, mkdtemp, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../../src/cli.ts';
import { run } from '../../../src/commands/plugin/run.ts';
import { programFile } from '../../../src/program-file.ts';
import { recordedIo } from '../init/support.ts';

async function started() {
  const home = await mkdtemp(join(tmpdir(), 'bundle-plugin-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const file = join(home, '.docker/cli-plugins/docker-bundle');
  const call = async (action?: 'install' | 'remove') => {
    const { io, out } = recordedIo(home, { env: { HOME: home } });
    await run(action === undefined ? {} : { action }, io);
    return out();
  };
  const put = async (work: () => Promise<void>) => {
    await mkdir(join(home, '.docker/cli-plugins'), { recursive: true });
    await work();
  };
  return { home, file, call, put };
}

describe('bundle plugin', () => {
  it('installs a link, a second time changes nothing, and takes it away', async () => {
    const { file, call } = await started();
    expect(await call()).toBe('docker bundle is not installed\n');
    expect(await call('install')).toBe(`docker bundle runs ${programFile}\n`);
    expect(await realpath(file)).toBe(programFile);
    expect(await call('install')).toContain('nothing to do');
    expect(await call()).toContain(`docker bundle runs ${programFile}`);
    expect(await call('remove')).toBe(`removed ${file}\n`);
    await expect(lstat(file)).rejects.toThrow('ENOENT');
    expect(await call('remove')).toBe('docker bundle is not installed\n');
  });

  it('replaces a link to a build that has gone', async () => {
    const { file, home, call, put } = await started();
    await put(() => symlink(join(home, 'old/scripts/bundle.mjs'), file));
    await call('install');
    expect(await readlink(file)).toBe(programFile);
  });

  it('takes a link that an earlier build made for its own', async () => {
    const { file, call, put } = await started();
    await put(() => symlink(programFile.replace('.cjs', '.mjs'), file));
    expect(await call()).toContain(`docker bundle runs ${programFile}`);
    expect(await call('install')).toContain('nothing to do');
    expect(await call('remove')).toBe(`removed ${file}\n`);
  });

  it.each([
    ['a program of another', async (file: string) => writeFile(file, '#!/bin/sh\n')],
    ['a link to another', async (file: string) => symlink('/bin/sh', file)],
  ])('leaves %s alone', async (_, make) => {
    const { file, call, put } = await started();
    await put(() => make(file));
    for (const action of ['install', 'remove'] as const)
      await expect(call(action)).rejects.toMatchObject({ code: 'plugin-exists' });
    await expect(lstat(file)).resolves.toBeDefined();
  });

  it('knows no other action', async () => {
    const { io } = recordedIo('/');
    await expect(runCli(['plugin', 'upgrade'], io, '0')).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining('install, remove') as string,
    });
  });
});
