import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveEngine } from '../../../src/engine/address.ts';
import { connect } from '../../../src/engine/docker.ts';
import { fakeEngine, type FakeEngine } from '../../unit/engine/fake-engine.ts';

let dir: string;
let fake: FakeEngine;
/** Answers to the next lists of networks. */
let listed: object[][];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fake-docker-'));
  listed = [];
  fake = await fakeEngine({
    'GET /networks': () => ({ json: listed.shift() ?? [] }),
  });
});
afterEach(async () => {
  await fake.close();
  await rm(dir, { recursive: true, force: true });
});

/** A `docker stack deploy` that says this and fails, so many times; each run is a line in the file `runs`. */
async function deploy(words: string, failures: number): Promise<number> {
  const file = join(dir, 'docker');
  const runs = join(dir, 'runs');
  await writeFile(
    file,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo "Docker version 28.2.2, build x"; exit; fi\ncat > /dev/null; ` +
      `echo run >> '${runs}'\n[ "$(wc -l < '${runs}')" -gt ${failures} ] || { echo "${words}" >&2; exit 1; }\n`,
  );
  await chmod(file, 0o755);
  const engine = await connect(
    await resolveEngine({
      host: `unix://${fake.socket}`,
      env: { PATH: `${dir}:${process.env['PATH'] ?? ''}` },
      home: dir,
    }),
  );
  try {
    await engine.deployStack('prod', 'services: {}\n', {});
  } finally {
    await engine.close();
  }
  return (await readFile(runs, 'utf8')).trim().split('\n').length;
}

const NETWORK_EXISTS =
  'failed to create network prod_net: Error response from daemon: network with name prod_net already exists';

describe('a deployment that meets another writer', () => {
  it.each([
    'failed to update service prod_app: Error response from daemon: rpc error: code = Unknown desc = update out ' +
      'of sequence',
    'failed to create service prod_app: Error response from daemon: rpc error: code = AlreadyExists desc = name ' +
      'conflicts with an existing object: service prod_app already exists',
  ])('is run again: %s', async (words) => {
    expect(await deploy(words, 3)).toBe(4);
  });

  it('gives up after five times, with the words of the last', async () => {
    await expect(deploy('update out of sequence', 99)).rejects.toMatchObject({
      code: 'deploy-failed',
      message: expect.stringContaining('update out of sequence') as string,
    });
    expect((await readFile(join(dir, 'runs'), 'utf8')).trim().split('\n')).toHaveLength(5);
  });

  it('waits until the remains of a removed network are gone, and is run again', async () => {
    const words = 'failed to create service prod_app: Error response from daemon: network prod_net not found';
    const remains = [{ Id: 'n1', Name: 'prod_net', Labels: { 'com.docker.stack.namespace': 'prod' } }];
    listed = [remains, remains, remains, []];
    expect(await deploy(words, 1)).toBe(2);
    expect(fake.seen.filter(({ url }) => url.includes('/networks'))).toHaveLength(4);
  });

  it('is run again if the other one made the network', async () => {
    listed = [[{ Id: 'n1', Name: 'prod_net', Labels: { 'com.docker.stack.namespace': 'prod' } }]];
    expect(await deploy(NETWORK_EXISTS, 1)).toBe(2);
  });

  it('is not run again if the network is somebody else’s, and says so', async () => {
    await expect(deploy(NETWORK_EXISTS, 99)).rejects.toMatchObject({
      code: 'deploy-failed',
      message: expect.stringContaining('prod_net is not a network of stack prod') as string,
      hints: [expect.stringContaining('docker network rm prod_net')],
    });
    expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\n');
  });

  it('is not run again if another network is not found', async () => {
    await expect(deploy('Error response from daemon: network ingress-of-others not found', 99)).rejects.toMatchObject({
      code: 'deploy-failed',
    });
    expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\n');
  });

  it('is not run again for anything else', async () => {
    await expect(deploy('Error response from daemon: invalid mount target', 99)).rejects.toMatchObject({
      code: 'deploy-failed',
    });
    expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\n');
  });
});
