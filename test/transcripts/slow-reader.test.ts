import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../dist/bundle.mjs', import.meta.url));

/** `bundle schema` in a shell, followed by what `then` says; gives what that prints. */
async function schema(then: string): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'bundle-pipe-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const { stdout } = await promisify(execFile)('sh', ['-c', `"$0" "$1" schema ${then}`, process.execPath, PROGRAM], {
    cwd,
  });
  return stdout.trim();
}

it('gives all of a long result to a reader that is slower than it', async () => {
  const whole = Number(await schema('> whole; wc -c < whole'));
  // More than a pipe holds.
  expect(whole).toBeGreaterThan(65_536);
  expect(Number(await schema('| { sleep 1; wc -c; }'))).toBe(whole);
});

it('ends if its reader is gone', async () => {
  expect(await schema('| head -n 1')).toBe('{');
});
