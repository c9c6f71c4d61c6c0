import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askHelper } from '../../../src/engine/credential-helper.ts';
import { findLogin, registryAuth, registryOf } from '../../../src/engine/registry-auth.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'docker-config-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function auth(image: string, config: object): Promise<unknown> {
  await writeFile(join(dir, 'config.json'), JSON.stringify(config));
  const header = await registryAuth(image, dir, { PATH: `${dir}:/usr/bin:/bin` });
  return header === undefined ? undefined : JSON.parse(Buffer.from(header, 'base64url').toString());
}

async function helper(script: string): Promise<void> {
  await writeFile(join(dir, 'docker-credential-fake'), `#!/bin/sh\nread registry\n${script}\n`);
  await chmod(join(dir, 'docker-credential-fake'), 0o755);
}

it.each([
  ['zookeeper:3.9', 'https://index.docker.io/v1/'],
  ['imply/manager:1', 'https://index.docker.io/v1/'],
  ['docker.io/imply/manager', 'https://index.docker.io/v1/'],
  ['registry.example/imply/manager@sha256:0', 'registry.example'],
  ['localhost/x', 'localhost'],
  ['host:5000/x:1', 'host:5000'],
  ['[fd00::1]:5000/x:1', '[fd00::1]:5000'],
  ['Registry/x:1', 'Registry'],
])('%s is of %s', (image, registry) => {
  expect(registryOf(image)).toBe(registry);
});

it('reads a log-in from config.json, with or without a scheme', async () => {
  const entry = { auth: Buffer.from('me:pass:word').toString('base64') };
  const expected = { username: 'me', password: 'pass:word', serveraddress: 'r.example:5000' };
  expect(await auth('r.example:5000/x', { auths: { 'r.example:5000': entry } })).toEqual(expected);
  expect(await auth('r.example:5000/x', { auths: { 'https://r.example:5000/v2/': entry } })).toEqual(expected);
  expect(await auth('other.example/x', { auths: { 'r.example:5000': entry } })).toBeUndefined();
});

it('asks the credential helper of the registry, or the store of all', async () => {
  await helper('echo "{\\"ServerURL\\":\\"$registry\\",\\"Username\\":\\"me\\",\\"Secret\\":\\"s\\"}"');
  for (const config of [{ credsStore: 'fake' }, { credHelpers: { 'r.example': 'fake' } }]) {
    expect(await auth('r.example/x', config)).toEqual({ username: 'me', password: 's', serveraddress: 'r.example' });
  }
  await helper('echo "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"t\\"}"');
  expect(await auth('r.example/x', { credsStore: 'fake' })).toEqual({ identitytoken: 't', serveraddress: 'r.example' });
});

it('takes what the file has beside a helper only as the docker CLI does', async () => {
  const entry = { username: 'old', password: 'p', registrytoken: 't' };
  await helper('echo credentials not found in native keychain; exit 1');
  expect(await auth('r.example/x', { credsStore: 'fake', auths: { 'r.example': entry } })).toEqual({
    registrytoken: 't',
    serveraddress: 'r.example',
  });
  expect(await auth('r.example/x', { credsStore: 'missing', auths: { 'r.example': entry } })).toMatchObject({
    username: 'old',
  });
  // A helper with an empty name takes the registry out of the store.
  expect(
    await auth('r.example/x', { credsStore: 'fake', credHelpers: { 'r.example': '' }, auths: { 'r.example': entry } }),
  ).toMatchObject({ username: 'old' });
});

it('goes without where nothing is known', async () => {
  await helper('echo credentials not found in native keychain; exit 1');
  expect(await auth('r.example/x', { credsStore: 'fake' })).toBeUndefined();
  expect(await auth('r.example/x', { credsStore: 'missing' })).toBeUndefined();
  expect(await registryAuth('r.example/x', join(dir, 'nowhere'), {})).toBeUndefined();
});

describe('DOCKER_AUTH_CONFIG', () => {
  const one = (entry: unknown): string => JSON.stringify({ auths: { 'r.example': entry } });
  const pair = Buffer.from('env:e').toString('base64');
  const found = async (
    variable: string,
    config: object = { auths: { 'r.example': { username: 'file', password: 'f' } } },
  ) => {
    await writeFile(join(dir, 'config.json'), JSON.stringify(config));
    return findLogin('r.example/x', dir, { PATH: `${dir}:/usr/bin:/bin`, DOCKER_AUTH_CONFIG: variable });
  };

  it('outranks file and helper, for the registries that it names', async () => {
    expect(await found(one({ auth: pair }))).toEqual({
      registry: 'r.example',
      source: 'DOCKER_AUTH_CONFIG',
      login: { username: 'env', password: 'e' },
    });
    expect(await found(one({ auth: pair }), { credsStore: 'missing' })).toMatchObject({ login: { username: 'env' } });
    expect(await found(JSON.stringify({ auths: { other: { auth: pair } } }))).toMatchObject({
      source: 'config.json',
      login: { username: 'file' },
    });
    expect(await found('')).toMatchObject({ login: { username: 'file' } });
    expect((await found('{"auths":null}')).trouble).toBeUndefined();
  });

  it.each([
    ['no JSON', '{'],
    ['another field', `{"auths":{},"credsStore":"x"}`],
    ['a log-in with another field', one({ auth: pair, email: 'x' })],
    ['a log-in without one', one({})],
    ['a null log-in', one(null)],
    ['no base64', one({ auth: 'hunter2!' })],
  ])('with %s is left aside, and told', async (_case, variable) => {
    const { login, trouble } = await found(variable);
    expect(login).toMatchObject({ username: 'file' });
    expect(trouble).toContain('DOCKER_AUTH_CONFIG');
    expect(trouble).not.toContain('hunter2');
  });
});

describe('a helper in trouble', () => {
  const asked = async (image: string, config: object): Promise<string | undefined> => {
    await writeFile(join(dir, 'config.json'), JSON.stringify(config));
    return (await findLogin(image, dir, { PATH: `${dir}:/usr/bin:/bin` })).trouble;
  };

  it('concerns the registries that it is for', async () => {
    await helper('echo "{\\"Username\\":\\"me\\",\\"Secret\\":\\"s\\"}"');
    const config = { credsStore: 'fake', credHelpers: { 'r.example': 'gone', 's.example:5000': 'gone' } };
    const trouble = 'there is no docker-credential-gone on the PATH';
    expect(await asked('r.example/x', config)).toBe(trouble);
    expect(await asked('s.example:5000/x', config)).toBe(trouble);
    expect(await asked('s.example/x', config)).toBeUndefined();
    expect(await asked('mysql:8', config)).toBeUndefined();
    expect(await asked('mysql:8', { credHelpers: { 'https://index.docker.io/v1/': 'gone' } })).toBe(trouble);
    expect(await asked('r.example/x', { credsStore: 'gone', credHelpers: { 'r.example': 'fake' } })).toBeUndefined();
  });

  const PATH = (): NodeJS.ProcessEnv => ({ PATH: `${dir}:/usr/bin:/bin` });
  it.each([
    ['is missing', undefined, 'there is no docker-credential-fake on the PATH'],
    [
      'fails',
      'echo "error getting credentials: gpg: decryption failed"; exit 1',
      'docker-credential-fake ended with code 1: error getting credentials: gpg: decryption failed',
    ],
    ['fails without a word', 'exit 3', 'docker-credential-fake ended with code 3'],
    ['hangs', 'sleep 100', 'docker-credential-fake gave no answer within 0.5 s'],
    [
      'hangs in a child that holds its output',
      'sleep 100 & wait',
      'docker-credential-fake gave no answer within 0.5 s',
    ],
    [
      'fails, and tells why on its standard error alone',
      'echo >&2; echo "error while loading shared libraries: libsecret-1.so.0" >&2; exit 127',
      'docker-credential-fake ended with code 127: error while loading shared libraries: libsecret-1.so.0',
    ],
    ['is killed', 'kill -9 $$', 'docker-credential-fake ended with signal SIGKILL'],
    [
      'fails in colours',
      "printf '\\033[31mno key\\033[0m\\r\\n'; exit 1",
      'docker-credential-fake ended with code 1: no key',
    ],
    [
      'fails after it has printed a log-in',
      'echo "{"; echo "  \\"Username\\": \\"me\\","; echo "  \\"Secret\\": \\"hunter2\\" }"; echo hunter2 >&2; exit 1',
      'docker-credential-fake ended with code 1',
    ],
    ['prints without end', 'yes hunter2', 'docker-credential-fake prints without end'],
    ['says nothing', 'exit 0', 'docker-credential-fake answers something that is no log-in'],
    ['says null', 'echo null', 'docker-credential-fake answers something that is no log-in'],
    [
      'says a log-in without its secret',
      'echo "{\\"Username\\":\\"hunter2\\"}"',
      'docker-credential-fake answers something that is no log-in',
    ],
    ['says something else', 'echo hunter2', 'docker-credential-fake answers something that is no log-in'],
  ])('that %s', async (_case, script, failed) => {
    if (script !== undefined) await helper(script);
    const started = performance.now();
    const limit = script?.includes('sleep') === true ? 500 : 20_000;
    expect(await askHelper('fake', 'r.example', PATH(), limit)).toEqual({ failed });
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('is no path', async () => {
    expect(await askHelper('../x', 'r.example', PATH())).toEqual({ failed: '"../x" is no name of a helper' });
  });
});
