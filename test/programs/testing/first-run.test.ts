import { execFile, spawnSync } from 'node:child_process';
import { copyFile, lutimes, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * A checkout where nothing is installed, with an `npm` that takes a moment and fails if another one is at work: what
 * the real one does then differs from run to run.
 */
async function checkout(): Promise<{ dir: string; run: () => Promise<{ code: unknown; all: string }> }> {
  const dir = await mkdtemp(join(tmpdir(), 'bundle-first-run-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const each of ['scripts', 'bin']) await mkdir(join(dir, each));
  await copyFile(join(root, 'scripts/run.mjs'), join(dir, 'scripts/run.mjs'));
  await writeFile(join(dir, 'package-lock.json'), '{}');
  await writeFile(join(dir, 'script.ts'), "process.stdout.write('ran\\n');\n");
  const npm = [
    '#!/bin/sh',
    'mkdir busy || exit 9',
    'rm -rf node_modules; sleep 1; mkdir node_modules',
    `ln -s '${join(root, 'node_modules/tsx')}' node_modules/tsx`,
    'echo installed >> log; rmdir busy',
    '',
  ];
  await writeFile(join(dir, 'bin/npm'), npm.join('\n'), { mode: 0o755 });
  const env = { ...process.env, PATH: `${join(dir, 'bin')}:${process.env['PATH']}` };
  const run = (): Promise<{ code: unknown; all: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [join(dir, 'scripts/run.mjs'), 'script.ts'], { env }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, all: stdout + stderr }),
      );
    });
  return { dir, run };
}

it('two first runs of a checkout install its packages once, one after the other', async () => {
  const { dir, run } = await checkout();
  for (const { code, all } of await Promise.all([run(), run()])) {
    expect(code, all).toBe(0);
    expect(all).toContain('ran');
  }
  expect(await readFile(join(dir, 'log'), 'utf8')).toBe('installed\n');
});

it('a first run that was killed while it installed holds up no other', async () => {
  const { dir, run } = await checkout();
  await mkdir(join(dir, '.cache'));
  await symlink(String(spawnSync('true').pid), join(dir, '.cache/installing'));
  const { code, all } = await run();
  expect(code, all).toBe(0);
  expect(all).toContain('ran');
});

it('nor one whose number another process has by now', async () => {
  const { dir, run } = await checkout();
  await mkdir(join(dir, '.cache'));
  const lock = join(dir, '.cache/installing');
  await symlink(String(process.pid), lock);
  const before = Date.now() / 1000 - 3600;
  await lutimes(lock, before, before);
  const { code, all } = await run();
  expect(code, all).toBe(0);
  expect(all).toContain('ran');
});
