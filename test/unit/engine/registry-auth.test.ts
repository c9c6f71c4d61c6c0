import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { registryAuth, registryOf } from '../../../src/engine/registry-auth.ts';

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

it('goes without where nothing is known', async () => {
  await helper('echo credentials not found in native keychain; exit 1');
  expect(await auth('r.example/x', { credsStore: 'fake' })).toBeUndefined();
  expect(await auth('r.example/x', { credsStore: 'missing' })).toBeUndefined();
  expect(await registryAuth('r.example/x', join(dir, 'nowhere'), {})).toBeUndefined();
});
