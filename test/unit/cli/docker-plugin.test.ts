import { createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { runCli } from '../../../src/cli.ts';
import { onDockerInterrupt, pluginCall, pluginMetadata } from '../../../src/cli/docker-plugin.ts';
import type { CommandIo } from '../../../src/cli/io.ts';
import { COMMAND_NAMES } from '../../../src/commands/names.ts';
import { commands } from '../../../src/commands/index.ts';
import { resolveEngine } from '../../../src/engine/address.ts';
import { EXIT } from '../../../src/errors.ts';

const call = (args: string, env: NodeJS.ProcessEnv = {}) => pluginCall(args.split(' '), env, COMMAND_NAMES);

describe('a call of the docker CLI’s plugin', () => {
  it.each([
    ['bundle deploy prod --yes', 'deploy prod --yes'],
    ['bundle', ''],
    ['bundle --help', '--help'],
    ['help bundle', 'help'],
    ['help bundle deploy', 'help deploy'],
    ['bundle plan --context near', 'plan --context near'],
    ['__complete bundle de', '__complete de'],
    ['--context far bundle plan bundle', 'plan --context far bundle'],
    ['--context=far bundle plan', 'plan --context far'],
    ['-c far bundle plan', 'plan --context far'],
    ['-cfar bundle plan', 'plan --context far'],
    ['-c=far bundle plan', 'plan --context far'],
    ['-c near -c far bundle plan', 'plan --context far'],
    ['-H tcp://10.0.0.1:2375 bundle plan', 'plan --host tcp://10.0.0.1:2375'],
    ['--host=ssh://me@far bundle plan', 'plan --host ssh://me@far'],
    // Refused by the command, as docker refuses both.
    ['--context far --host ssh://x bundle plan', 'plan --context far --host ssh://x'],
    // What the command names itself stands.
    ['--context far bundle plan p --context=near', 'plan p --context=near'],
    ['--context far bundle plan --host ssh://near', 'plan --host ssh://near'],
    ['--host ssh://far bundle plan --context near', 'plan --context near'],
    // A word behind `--` is no option.
    ['--context far bundle plan -- --host', 'plan --context far -- --host'],
    // Where no engine is asked.
    ['--context far bundle', ''],
    ['--context far bundle --help', '--help'],
    ['--context far help bundle plan', 'help plan'],
    ['--context far __complete bundle plan', '__complete plan'],
    ['--context far bundle no-command', 'no-command'],
  ])('%s runs bundle %s', (args, own) => expect(call(args).argv.join(' ')).toBe(own));

  it.each([
    ['--context far --host ssh://x bundle plan', {}],
    ['--config /etc/d bundle plan', { DOCKER_CONFIG: '/etc/d' }],
    ['--tls bundle plan', { DOCKER_TLS: '1' }],
    ['--tlsverify bundle plan', { DOCKER_TLS_VERIFY: '1' }],
    ['--tlsverify=false bundle plan', {}],
  ])('%s means what it means to docker', (args, env) => expect(call(args).env).toEqual(env));

  it.each([
    ['--context far bundle plan', 'docker bundle'],
    ['--config /etc/d bundle plan', 'docker --config /etc/d bundle'],
    [
      '--config=/my$HOME --tls --tlsverify=false bundle plan',
      "docker --config '/my$HOME' --tls --tlsverify=false bundle",
    ],
  ])('%s is started again by %s', (args, program) => expect(call(args).program).toBe(program));

  it('lets a flag outrank both variables, as docker does', async () => {
    const env = { DOCKER_HOST: 'tcp://10.0.0.1:2375', DOCKER_CONTEXT: 'near', HOME: '/root' };
    const { argv, ...called } = call('--host unix:///x bundle plan', env);
    expect([argv, called.env]).toEqual([['plan', '--host', 'unix:///x'], env]);
    expect((await resolveEngine({ host: argv[2], env: called.env, home: '/nowhere' })).url).toBe('unix:///x');
  });

  it.each([
    ['--context far bundle verify --target run --engine n1=unix:///x', 'verify --target run --engine n1=unix:///x'],
    ['--context far bundle verify --engine=n1=unix:///x', 'verify --engine=n1=unix:///x'],
    ['--context far bundle -- plan prod', 'plan --context far prod'],
  ])('%s is %s', (args, argv) => expect(call(args).argv.join(' ')).toBe(argv));

  it.each(commands)('puts the engine where $name takes it', async (command) => {
    const start = vi.spyOn(command, 'start').mockResolvedValue(EXIT.done);
    const io = { stacks: [], program: 'docker bundle', stdout: () => undefined } as unknown as CommandIo;
    await runCli(call(`--context far bundle ${command.name}`).argv, io, '1');
    expect(start).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ context: 'far' }), expect.anything());
    start.mockRestore();
  });

  it.each([
    '--tlscacert ca.pem',
    '--tlscert=c.pem',
    '--tlskey k.pem',
    '-D',
    '--debug',
    '-l debug',
    '--log-level=info',
    '--new 1',
  ])('refuses %s by name', (flag) =>
    expect(() => call(`${flag} bundle plan`)).toThrow(`CLI’s ${flag.split(/[ =]/)[0]} cannot be honoured`),
  );

  it('keeps what docker tells its plugins from what the plugin starts', () => {
    const env = {
      DOCKER_CLI_PLUGIN_SOCKET: '@docker_cli_1',
      DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND: 'docker',
      PATH: '/bin',
    };
    expect(call('bundle plan', env)).toEqual({
      ...{ argv: ['plan'], program: 'docker bundle' },
      ...{ env: { PATH: '/bin' }, socket: '@docker_cli_1' },
    });
  });

  it('names itself in the docker CLI’s own form', () => {
    expect(JSON.parse(pluginMetadata('1.2.3'))).toMatchObject({ SchemaVersion: '0.1.0', Version: '1.2.3' });
  });

  it('is told of an interruption by the end of the socket', async () => {
    const name = `docker_cli_test_${process.pid}`;
    const server = createServer();
    const connected = new Promise<void>((resolve) =>
      server.on('connection', (socket) => (socket.destroy(), resolve())),
    );
    await new Promise<void>((resolve) => server.listen({ path: `\0${name}` }, resolve));
    const told = new Promise<void>((resolve) => onDockerInterrupt(`@${name}`, resolve));
    await connected;
    await told;
    server.close();
  });
});
