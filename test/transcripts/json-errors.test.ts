import { describe, expect, it } from 'vitest';
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

  it('deploy: what excludes each other', async () => {
    const { code, stdout } = await bundle(['deploy', 'nowhere', '--json', '--no-wait', '--rollback-on-failure'], {
      cwd: '/',
    });
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error.message).toContain('--no-wait and --rollback-on-failure exclude each other');
  });
});
