import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { onDockerInterrupt, pluginCall, pluginMetadata } from '../../../src/cli/docker-plugin.ts';

const call = (args: string, env: NodeJS.ProcessEnv = {}) => pluginCall(args.split(' '), env);

describe('a call of the docker CLI’s plugin', () => {
  it.each([
    ['bundle deploy prod --yes', 'deploy prod --yes'],
    ['bundle', ''],
    ['bundle --help', '--help'],
    ['help bundle', 'help'],
    ['help bundle deploy', 'help deploy'],
    ['--context far bundle plan bundle', 'plan bundle'],
    ['bundle plan --context near', 'plan --context near'],
    ['__complete bundle de', '__complete de'],
  ])('%s runs bundle %s', (args, own) => expect(call(args).argv.join(' ')).toBe(own));

  it.each([
    ['--context far bundle plan', { DOCKER_CONTEXT: 'far' }],
    ['--context=far bundle plan', { DOCKER_CONTEXT: 'far' }],
    ['-c far bundle plan', { DOCKER_CONTEXT: 'far' }],
    ['-cfar bundle plan', { DOCKER_CONTEXT: 'far' }],
    ['-c=far bundle plan', { DOCKER_CONTEXT: 'far' }],
    ['-H tcp://10.0.0.1:2375 bundle plan', { DOCKER_HOST: 'tcp://10.0.0.1:2375' }],
    ['--host=ssh://me@far bundle plan', { DOCKER_HOST: 'ssh://me@far' }],
    ['--config /etc/d bundle plan', { DOCKER_CONFIG: '/etc/d' }],
    ['--tls bundle plan', { DOCKER_TLS: '1' }],
    ['--tlsverify bundle plan', { DOCKER_TLS_VERIFY: '1' }],
    ['--tlsverify=false bundle plan', {}],
  ])('%s means what it means to docker', (args, env) => expect(call(args).env).toEqual(env));

  it('lets a flag outrank both variables, as docker does', () => {
    const env = { DOCKER_HOST: 'tcp://10.0.0.1:2375', DOCKER_CONTEXT: 'near', HOME: '/root' };
    expect(call('--context far bundle plan', env).env).toEqual({ DOCKER_CONTEXT: 'far', HOME: '/root' });
    expect(call('--host unix:///x bundle plan', env).env).toEqual({ DOCKER_HOST: 'unix:///x', HOME: '/root' });
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
    expect(call('bundle plan', env)).toEqual({ argv: ['plan'], env: { PATH: '/bin' }, socket: '@docker_cli_1' });
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
