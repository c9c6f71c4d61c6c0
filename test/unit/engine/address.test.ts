import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveEngine } from '../../../src/engine/address.ts';

const execute = promisify(execFile);
const hasDocker = await execute('docker', ['--version']).then(
  () => true,
  () => false,
);

let dir: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'docker-config-'));
  env = { PATH: process.env['PATH'], DOCKER_CONFIG: dir };
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A context as the docker CLI writes it. */
async function context(name: string, endpoint: object, tls: string[] = []): Promise<string> {
  const id = createHash('sha256').update(name).digest('hex');
  await mkdir(join(dir, 'contexts', 'meta', id), { recursive: true });
  await writeFile(
    join(dir, 'contexts', 'meta', id, 'meta.json'),
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: endpoint } }),
  );
  const tlsDir = join(dir, 'contexts', 'tls', id, 'docker');
  await mkdir(tlsDir, { recursive: true });
  for (const file of tls) await writeFile(join(tlsDir, file), 'pem');
  return tlsDir;
}

describe('the order of the docker CLI', () => {
  beforeEach(async () => {
    await context('prod', { Host: 'tcp://prod:2375' });
    await context('staging', { Host: 'tcp://staging:2375' });
    await context('current', { Host: 'unix:///current.sock' });
    await writeFile(join(dir, 'config.json'), JSON.stringify({ currentContext: 'current', auths: {} }));
  });

  it.each([
    [
      '--context',
      { context: 'prod' },
      { DOCKER_HOST: 'tcp://other:1', DOCKER_CONTEXT: 'staging' },
      'tcp://prod:2375',
      '--context prod',
    ],
    [
      '--host',
      { host: 'tcp://flag:99' },
      { DOCKER_HOST: 'tcp://other:1', DOCKER_CONTEXT: 'staging' },
      'tcp://flag:99',
      '--host tcp://flag:99',
    ],
    ['DOCKER_HOST', {}, { DOCKER_HOST: 'tcp://other:1', DOCKER_CONTEXT: 'staging' }, 'tcp://other:1', 'DOCKER_HOST'],
    ['DOCKER_CONTEXT', {}, { DOCKER_CONTEXT: 'staging' }, 'tcp://staging:2375', 'DOCKER_CONTEXT staging'],
    [
      'the current context',
      {},
      { DOCKER_HOST: '', DOCKER_CONTEXT: '' },
      'unix:///current.sock',
      'current context "current"',
    ],
    [
      'the default context over the current one',
      { context: 'default' },
      {},
      'unix:///var/run/docker.sock',
      '--context default',
    ],
    [
      'the default socket behind the default context and an empty DOCKER_HOST',
      { context: 'default' },
      { DOCKER_HOST: '' },
      'unix:///var/run/docker.sock',
      '--context default',
    ],
    [
      'DOCKER_HOST behind the default context',
      { context: 'default' },
      { DOCKER_HOST: 'tcp://other:1' },
      'tcp://other:1',
      '--context default, DOCKER_HOST',
    ],
  ])('%s decides', async (_name, flags, more, url, source) => {
    expect(await resolveEngine({ ...flags, env: { ...env, ...more } })).toMatchObject({ url, source });
  });

  it('falls back to the default socket', async () => {
    await rm(join(dir, 'config.json'));
    expect(await resolveEngine({ env })).toMatchObject({
      url: 'unix:///var/run/docker.sock',
      source: 'default',
      target: { kind: 'unix', path: '/var/run/docker.sock' },
    });
  });

  it('finds the configuration in the home directory', async () => {
    await mkdir(join(dir, '.docker'));
    await writeFile(join(dir, '.docker', 'config.json'), '{"currentContext":"gone"}');
    await expect(resolveEngine({ env: {}, home: dir })).rejects.toMatchObject({ code: 'context-unknown' });
  });

  it('refuses --context with --host', async () => {
    await expect(resolveEngine({ context: 'prod', host: 'tcp://x', env })).rejects.toMatchObject({
      code: 'engine-choice',
      exit: 2,
    });
  });

  it('names the contexts that exist, for one that does not', async () => {
    await expect(resolveEngine({ context: 'pord', env })).rejects.toMatchObject({
      code: 'context-unknown',
      exit: 2,
      message: 'there is no docker context "pord" (--context pord)',
      hints: ['contexts here: default, current, prod, staging'],
    });
  });

  it('tells of a context that cannot be read, and of one that cannot be there', async () => {
    const id = createHash('sha256').update('odd').digest('hex');
    await mkdir(join(dir, 'contexts', 'meta', id, 'meta.json'), { recursive: true });
    await expect(resolveEngine({ context: 'odd', env })).rejects.toMatchObject({
      code: 'context-broken',
      exit: 2,
      message: expect.stringContaining('the docker context "odd" (--context odd) cannot be read: EISDIR') as string,
    });
    const file = join(dir, 'contexts', 'file');
    await writeFile(file, '');
    await expect(resolveEngine({ context: 'odd', env: { DOCKER_CONFIG: file } })).rejects.toMatchObject({
      code: 'context-unknown',
      hints: ['contexts here: default'],
    });
  });

  it('gives the child docker the same engine, and nothing that leads elsewhere', async () => {
    const steering = { DOCKER_CONTEXT: 'staging', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' };
    const byContext = await resolveEngine({
      context: 'prod',
      env: { ...env, ...steering, DOCKER_HOST: 'tcp://other:1' },
    });
    expect(byContext.child).toEqual({ args: ['--context', 'prod'], env });
    const byHost = await resolveEngine({ host: 'unix:///x.sock', env: { ...env, ...steering } });
    expect(byHost.child).toEqual({ args: [], env: { ...env, DOCKER_HOST: 'unix:///x.sock' } });
  });

  it.each([
    '{"auths":{"r":{"auth":"c2VjcmV0"}},}',
    '\uFEFF{"currentContext":"prod"}',
    '{"auths":{"r":{"auth":"c2VjcmV0"}},"currentContext":{}}',
  ])('goes on with a configuration that is broken, says so, and quotes nothing of it: %s', async (text) => {
    await writeFile(join(dir, 'config.json'), text);
    const { source, warnings } = await resolveEngine({ env });
    expect(source).toBe('default');
    expect(warnings.join()).toContain(join(dir, 'config.json'));
    expect(warnings.join()).not.toContain('c2VjcmV0');
  });

  it.each(['{"currentContext":null}', '', 'null'])(
    'takes the default where the configuration is %j, without a word',
    async (text) => {
      await writeFile(join(dir, 'config.json'), text);
      expect(await resolveEngine({ env })).toMatchObject({ source: 'default', warnings: [] });
    },
  );

  it('lets neither end insist on a version of the API: only the child would obey', async () => {
    const { child } = await resolveEngine({ host: 'unix:///x.sock', env: { ...env, DOCKER_API_VERSION: '1.99' } });
    expect(child.env).not.toHaveProperty('DOCKER_API_VERSION');
  });
});

describe('TLS', () => {
  it('comes with a context', async () => {
    const tls = await context('secure', { Host: 'tcp://h:2376' }, ['ca.pem', 'cert.pem', 'key.pem']);
    expect((await resolveEngine({ context: 'secure', env })).tls).toEqual({
      ca: join(tls, 'ca.pem'),
      cert: join(tls, 'cert.pem'),
      key: join(tls, 'key.pem'),
      verify: true,
    });
    await context('lax', { Host: 'tcp://h:2376', SkipTLSVerify: true });
    expect((await resolveEngine({ context: 'lax', env })).tls).toEqual({ verify: false });
    await context('plain', { Host: 'tcp://h' });
    const plain = await resolveEngine({ context: 'plain', env });
    expect(plain.url).toBe('tcp://h:2375');
    expect(plain.tls).toBeUndefined();
  });

  it('comes by environment, with the port that belongs to it', async () => {
    await writeFile(join(dir, 'ca.pem'), 'pem');
    const location = await resolveEngine({ env: { ...env, DOCKER_HOST: 'tcp://h', DOCKER_TLS_VERIFY: '1' } });
    expect(location).toMatchObject({ url: 'tcp://h:2376', tls: { ca: join(dir, 'ca.pem'), verify: true } });
    expect(location.child.env).toMatchObject({
      DOCKER_HOST: 'tcp://h:2376',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: dir,
    });
  });

  it('is left out for a unix socket', async () => {
    const location = await resolveEngine({ env: { ...env, DOCKER_HOST: 'unix:///x', DOCKER_TLS_VERIFY: '1' } });
    expect(location.tls).toBeUndefined();
    expect(location.child.env).not.toHaveProperty('DOCKER_TLS_VERIFY');
  });
});

describe('URLs', () => {
  it.each([
    ['unix://', { kind: 'unix', path: '/var/run/docker.sock' }],
    ['tcp://', { kind: 'tcp', host: 'localhost', port: 2375 }],
    ['tcp://h:80', { kind: 'tcp', host: 'h', port: 80 }],
    ['h:2375', { kind: 'tcp', host: 'h', port: 2375 }],
    ['tcp://[::1]:2375', { kind: 'tcp', host: '::1', port: 2375 }],
    ['ssh://me@h:2222', { kind: 'ssh', host: 'h', port: 2222, user: 'me' }],
    ['ssh://h/run/docker.sock', { kind: 'ssh', host: 'h', socket: '/run/docker.sock' }],
  ])('%s', async (host, target) => {
    expect((await resolveEngine({ host, env })).target).toEqual(target);
  });

  it.each([
    'npipe:////./pipe/x',
    'http://h',
    'tcp://h:99999',
    'tcp://h/prefix',
    'tcp://h?x=1',
    'ssh://',
    'ssh://u:p@h',
    'ssh://-oProxyCommand=x',
    'ssh://-x@h',
    'ssh://h/a;b',
    'tcp://a b',
  ])('refuses %s', async (host) => {
    await expect(resolveEngine({ host, env })).rejects.toMatchObject({ code: 'engine-address', exit: 2 });
  });
});

describe.skipIf(!hasDocker)('beside the docker CLI itself', () => {
  const docker = async (args: string[], more: NodeJS.ProcessEnv = {}): Promise<string> =>
    (await execute('docker', args, { env: { ...env, ...more } })).stdout.trim();

  it('reads what `docker context create` writes, and chooses as it does', async () => {
    for (const file of ['ca', 'cert', 'key']) await writeFile(join(dir, `${file}.pem`), 'pem');
    await docker(['context', 'create', 'one', '--docker', 'host=tcp://a:2376,skip-tls-verify=true']);
    await docker(['context', 'create', 'two', '--docker', 'host=ssh://me@b:2222']);
    await docker(['context', 'use', 'two']);
    for (const more of [
      {},
      { DOCKER_CONTEXT: 'one' },
      { DOCKER_CONTEXT: 'one', DOCKER_HOST: 'tcp://c:2375' },
      { DOCKER_HOST: 'unix:///x', DOCKER_CONTEXT: 'two' },
    ]) {
      const shown = await docker(
        ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}} {{.Endpoints.docker.SkipTLSVerify}}'],
        more,
      );
      const found = await resolveEngine({ env: { ...env, ...more } });
      expect(`${found.url} ${String(found.tls?.verify === false)}`).toBe(shown);
      // And its child lands in the same place.
      expect(
        (
          await execute(
            'docker',
            [...found.child.args, 'context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'],
            { env: found.child.env },
          )
        ).stdout.trim(),
      ).toBe(found.url);
    }
  });
});
