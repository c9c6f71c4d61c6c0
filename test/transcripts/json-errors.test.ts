import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildBundle } from '../../scripts/build.mjs';
import { commands } from '../../src/commands/index.ts';
import { bundle, builtEntry } from '../support/cli.ts';
import { commandCaches } from '../support/command-caches.ts';

const COMMANDS = commands.flatMap(({ name, json }) => (Object.keys(json).length > 0 ? [name] : []));

/** The helper holds every document to its schema; here is one refusal of every command, and a usage error. */
describe('every command that fails prints the one error document with --json', () => {
  it.concurrent.each(COMMANDS)('%s', async (command) => {
    const failing = [
      command === 'init'
        ? ['init', 'nowhere', '--yes', '--json', '--no-prepare', '--set', 'tls=x']
        : [command, 'nowhere', '--json'],
      [command, '--json', '--never-a-flag'],
    ];
    for (const args of failing) {
      const { code, stdout } = await bundle(args, { cwd: '/' });
      expect(code, stdout).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({ exit: 2, error: { hints: expect.any(Array) as string[] } });
    }
  });

  it('check: an engine that cannot be named so, and not the document of its checks', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'json-errors-'));
    onTestFinished(() => rm(cwd, { recursive: true, force: true }));
    await bundle(['init', 'keeper', '--stack', 'zookeeper', '--yes', '--set', 'nodes=node1'], { cwd });
    const { code, stdout } = await bundle(['check', 'keeper', '--context', 'typo', '--json'], { cwd });
    expect(code, stdout).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ exit: 2, error: { code: 'context-unknown' } });
  });

  it('deploy: what excludes each other', async () => {
    const { code, stdout } = await bundle(['deploy', 'nowhere', '--json', '--no-wait', '--rollback-on-failure'], {
      cwd: '/',
    });
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error.message).toContain('--no-wait and --rollback-on-failure exclude each other');
  });

  it('also if its working directory was removed', async () => {
    const said = await inRemoved('status', 'nowhere', '--json');
    expect(said).toMatchObject({ code: 2, stderr: '' });
    expect(JSON.parse(said.stdout)).toMatchObject({ exit: 2, error: { code: 'no-working-directory' } });
  });
});

/** The built command in a directory that was removed. */
async function inRemoved(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const gone = await mkdtemp(join(tmpdir(), 'removed-'));
  const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
  const command = ['sh', gone, process.execPath, builtEntry, ...args];
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script, ...command], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', XDG_CACHE_HOME: commandCaches },
  });
  return { code: status, stdout, stderr };
}

describe('a working directory that was removed', () => {
  it('is told, with how to be in it again', async () => {
    const { code, stdout, stderr } = await inRemoved('status');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'bundle: the working directory is gone: it was removed while this shell was in it\n' +
        '  → cd "$PWD"\n' +
        '  → if that fails, it is not there under its name either: cd to another directory\n',
    );
  });
});

describe('a command that fails after its document', () => {
  it('prints no second one', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'bundle-late-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    await buildBundle(pathToFileURL(`${join(dir, 'dist')}/`), 'test/support/fails-late.ts');
    const entry = join(dir, 'dist', 'bundle.cjs');
    const { code, stdout, stderr } = await bundle(['schema', 'status', '--json'], { entry });
    expect(JSON.parse(stdout)).not.toHaveProperty('error');
    expect(stderr).toContain('failed after that');
    expect(code).toBe(1);
  });
});
