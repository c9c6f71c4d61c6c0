import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../dist/bundle.cjs', import.meta.url));

/** What a script of bash prints; $0 $1 is `bundle`. */
async function program(script: string): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'bundle-pipe-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const { stdout } = await promisify(execFile)('bash', ['-c', script, process.execPath, PROGRAM], { cwd });
  return stdout.trim();
}

/** `bundle schema`, followed by what `then` says. */
const schema = (then: string): Promise<string> => program(`"$0" "$1" schema ${then}`);

it('gives all of a long result to a reader that is slower than it', async () => {
  const whole = Number(await schema('> whole; wc -c < whole'));
  // More than a pipe holds.
  expect(whole).toBeGreaterThan(65_536);
  expect(Number(await schema('| { sleep 1; wc -c; }'))).toBe(whole);
});

it('ends if its reader is gone', async () => {
  expect(await schema('| head -n 1')).toBe('{');
});

it('has its own exit code though nobody reads what it says', async () => {
  for (const then of ['| true', '2>&1 | true'])
    expect(await program(`set -o pipefail; "$0" "$1" plan /nonexistent --json ${then} || echo $?`)).toBe('2');
});

it('fails if its result cannot be written, and says so', async () => {
  expect(await schema('2>&1 >/dev/full || echo $?')).toBe('bundle: cannot write the result: the disk is full\n1');
  expect(await program('"$0" "$1" --version >/dev/full || echo $?')).toBe('1');
  // What went wrong before is told first.
  expect(await program('"$0" "$1" plan /nonexistent --json >/dev/full 2>/dev/null || echo $?')).toBe('2');
});
