import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveEngine } from '../../../src/engine/address.ts';
import type { Api } from '../../../src/engine/api.ts';
import type { DockerCli } from '../../../src/engine/cli.ts';
import type { RegistryLogin } from '../../../src/engine/port.ts';
import { registryCalls } from '../../../src/engine/registry.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'docker-config-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const entry = { auth: Buffer.from('me:word').toString('base64') };
const FILE = { auths: { 'r.example': entry } };

const docker = (version: string) => (): Promise<DockerCli> => Promise.resolve({ file: 'docker', version });

/** What is found for images, with this config.json, variable and docker CLI. */
async function found(
  config: object,
  { variable = '', images = ['r.example/x:1'], cli = docker('28.2.2') } = {},
): Promise<RegistryLogin[]> {
  await writeFile(join(dir, 'config.json'), JSON.stringify(config));
  const env = { PATH: `${dir}:/usr/bin:/bin`, DOCKER_CONFIG: dir, DOCKER_AUTH_CONFIG: variable };
  const location = await resolveEngine({ host: 'tcp://h:1', env });
  return registryCalls({} as Api, location, cli).findLogins(images);
}

async function helper(script: string): Promise<void> {
  await writeFile(join(dir, 'docker-credential-fake'), `#!/bin/sh\necho asked >> '${dir}/asked'\n${script}\n`);
  await chmod(join(dir, 'docker-credential-fake'), 0o755);
}

describe('log-ins that docker sends with services', () => {
  it('are those of config.json, one answer a registry', async () => {
    expect(await found(FILE, { images: ['r.example/x:1', 'mysql:8', 'r.example/y'] })).toEqual([
      { registry: 'r.example', known: true, sent: true, source: 'config.json' },
      { registry: 'https://index.docker.io/v1/', known: false, sent: false, source: 'config.json' },
    ]);
  });

  it('are those of a helper, which is asked once', async () => {
    await helper('echo "{\\"Username\\":\\"me\\",\\"Secret\\":\\"s\\"}"');
    const images = ['r.example/x:1', 'r.example/y:1'];
    expect(await found({ credsStore: 'fake' }, { images })).toEqual([
      { registry: 'r.example', known: true, sent: true, source: 'docker-credential-fake' },
    ]);
    expect(await readFile(join(dir, 'asked'), 'utf8')).toBe('asked\n');
  });

  it('are none of a helper that has none, or that fails, which is told', async () => {
    await helper('echo credentials not found in native keychain; exit 1');
    const none = { registry: 'r.example', known: false, sent: false, source: 'docker-credential-fake' };
    expect(await found({ credsStore: 'fake' })).toEqual([none]);
    await helper('echo locked; exit 1');
    expect(await found({ credsStore: 'fake' })).toEqual([
      { ...none, trouble: 'docker-credential-fake ended with code 1: locked' },
    ]);
  });

  describe('of DOCKER_AUTH_CONFIG', () => {
    const variable = JSON.stringify(FILE);
    const known = { registry: 'r.example', known: true, source: 'DOCKER_AUTH_CONFIG' };
    const unread = expect.stringMatching(
      /^the log-in is in DOCKER_AUTH_CONFIG, which .* 28\.2\.2 does not read/,
    ) as string;

    it('are sent by a CLI that reads it', async () => {
      for (const version of ['28.3.0', '29.0.0'])
        expect(await found({}, { variable, cli: docker(version) })).toEqual([{ ...known, sent: true }]);
    });

    it('are not sent by one that does not, unless there is one in the file too', async () => {
      expect(await found({}, { variable })).toEqual([{ ...known, sent: false, trouble: unread }]);
      expect(await found(FILE, { variable })).toEqual([{ ...known, sent: true, trouble: unread }]);
      const images = ['other.example/x'];
      expect(await found({}, { variable, images })).toEqual([
        { registry: 'other.example', known: false, sent: false, source: 'config.json' },
      ]);
    });

    it('are no trouble without a CLI, which another check tells', async () => {
      const cli = (): Promise<DockerCli> => Promise.reject(new Error('there is no docker'));
      expect(await found({}, { variable, cli })).toEqual([{ ...known, sent: true }]);
    });
  });
});
