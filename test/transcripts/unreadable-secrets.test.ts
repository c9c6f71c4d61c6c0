import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../support/cli.ts';

/** No entry in the password file has it. */
const NOBODY = 54_321;
const MAY_NOT = /this user may not read .*\/prod\/secrets \(cannot read .*: permission denied\)/;
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-unreadable-'));
  const made = await bundle(
    ['init', 'prod', '--stack', 'kafka', '--yes', '--no-prepare', '--set', 'nodes=[n1,n2,n3]'],
    { cwd: root },
  );
  expect(made.code, made.all).toBe(0);
  await cp(fileURLToPath(new URL('../../dist', import.meta.url)), join(root, 'dist'), { recursive: true });
  await chmod(root, 0o755);
  // Of another user for root, who may read all; of nobody for any other.
  await chmod(join(root, 'prod/secrets'), process.getuid?.() === 0 ? 0o700 : 0o000);
});
afterAll(async () => {
  await chmod(join(root, 'prod/secrets'), 0o700);
  await rm(root, { recursive: true, force: true });
});

function asAnother(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/bundle.cjs'), ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', DOCKER_HOST: 'unix:///nonexistent.sock' },
    encoding: 'utf8',
    ...(process.getuid?.() === 0 && { uid: NOBODY, gid: NOBODY }),
  });
  return { code: status, stdout, stderr };
}

describe('a secrets/ that this user may not read', () => {
  it.each([['open'], ['verify', '--list']])('counts as absent for %s %s, said once', (...args) => {
    const [command = '', ...more] = args;
    const { code, stdout, stderr } = asAnother(command, 'prod', ...more);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('kafka-1');
    expect(stderr.split(MAY_NOT)).toHaveLength(2);
    expect(stderr).toContain('ls -ld');
  });

  it.each(['plan', 'status', 'verify'])('is no reason for %s to fail: the engine is asked', (command) => {
    const { stderr } = asAnother(command, 'prod');
    expect(stderr).toContain('cannot ask the engine');
    expect(stderr.split(MAY_NOT)).toHaveLength(2);
  });

  it('is a finding of check, and no other words', () => {
    const { stdout, stderr } = asAnother('check', 'prod', '--json');
    const { checks } = JSON.parse(stdout) as {
      checks: { name: string; level: string; findings: { level: string; text: string }[] }[];
    };
    const secrets = checks.find(({ name }) => name === 'secrets');
    expect(secrets?.level).toBe('warning');
    expect(secrets?.findings[0]).toMatchObject({ level: 'warning', text: expect.stringMatching(MAY_NOT) as string });
    expect(stderr).not.toMatch(MAY_NOT);
  });

  it.each([['--yes'], ['--new-secrets']])('ends init %s with what to do', (arg) => {
    const { code, stderr } = asAnother('init', 'prod', '--yes', arg);
    expect(stderr).toMatch(MAY_NOT);
    expect(stderr).toContain('run bundle as its owner');
    expect(code).toBe(3);
  });
});
