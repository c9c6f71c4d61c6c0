import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { bundle } from '../support/cli.ts';

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
});
