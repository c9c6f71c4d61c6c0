import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveEngine } from '../../../src/engine/address.ts';
import { deployWithCli, findDockerCli, tryCli } from '../../../src/engine/cli.ts';

let dir: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fake-docker-'));
  env = { PATH: `${dir}:${process.env['PATH'] ?? ''}`, DOCKER_CONFIG: dir };
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A `docker` on the PATH: a version, and what it does otherwise. */
async function docker(version: string, script = ''): Promise<void> {
  const file = join(dir, 'docker');
  await writeFile(
    file,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo "${version}"; exit; fi\nprintf '%s\\n' "$@" > '${dir}/argv'; ` +
      `cat > '${dir}/stdin'; env > '${dir}/env'\n${script}\n`,
  );
  await chmod(file, 0o755);
}

async function deploy(options: Parameters<typeof deployWithCli>[4] = {}, host = 'tcp://h:1'): Promise<void> {
  await deployWithCli(await findDockerCli(env), await resolveEngine({ host, env }), 'prod', 'services: {}\n', options);
}

const said = (file: string): Promise<string> => readFile(join(dir, file), 'utf8');

describe('finding the docker CLI', () => {
  it.each([
    ['Docker version 28.2.2, build e6534b4', '28.2.2'],
    ['Docker version 20.10.24+dfsg1, build 297e128', '20.10.24'],
    ['Docker version 29.0.0-rc.1, build abc', '29.0.0'],
  ])('%s', async (line, version) => {
    await docker(line);
    expect(await findDockerCli(env)).toEqual({ file: 'docker', version });
  });

  it('may be named', async () => {
    await docker('Docker version 28.2.2, build x');
    expect(await findDockerCli({ PATH: '/usr/bin:/bin', BUNDLE_DOCKER_CLI: join(dir, 'docker') })).toMatchObject({
      version: '28.2.2',
    });
  });

  it('is missing, or is something else', async () => {
    await expect(findDockerCli({ PATH: '/nowhere' })).rejects.toMatchObject({
      code: 'docker-cli-missing',
      message: expect.stringContaining('there is no docker on the PATH') as string,
    });
    await docker('podman version 4.9.3');
    await expect(findDockerCli(env)).rejects.toMatchObject({
      code: 'docker-cli-missing',
      message: expect.stringContaining('podman version 4.9.3') as string,
    });
  });
});

describe('docker stack deploy', () => {
  it('gets the document on stdin, values by environment and the engine that the API part talks to', async () => {
    await docker('Docker version 28.2.2, build x', 'echo one; echo two >&2');
    const lines: string[] = [];
    await deploy({ env: { PASSWORD: 'hunter22' }, onLine: (line) => lines.push(line) });
    expect((await said('argv')).trim().split('\n')).toEqual([
      'stack',
      'deploy',
      '--detach=true',
      '--compose-file',
      '-',
      'prod',
    ]);
    expect(await said('stdin')).toBe('services: {}\n');
    expect(await said('env')).toMatch(/^PASSWORD=hunter22$/m);
    expect(await said('env')).toMatch(/^DOCKER_HOST=tcp:\/\/h:1$/m);
    expect(lines.sort()).toEqual(['one', 'two']);
  });

  it.each([
    [true, ['stack', 'deploy', '--with-registry-auth', '--detach=true', '--compose-file', '-', 'prod']],
    [false, ['stack', 'deploy', '--detach=true', '--compose-file', '-', 'prod']],
  ])('sends log-ins: %s', async (sendsLogin, argv) => {
    await docker('Docker version 28.2.2, build x');
    await deploy({ sendsLogin });
    expect((await said('argv')).trim().split('\n')).toEqual(argv);
  });

  it('is told to detach only where it knows the word', async () => {
    await docker('Docker version 25.0.5, build x');
    await deploy();
    expect(await said('argv')).not.toContain('--detach');
  });

  it('fails with its last lines, and without the values it quotes', async () => {
    await docker(
      'Docker version 28.2.2, build x',
      'i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo "line $i."; done; echo "bad: $PASSWORD" >&2; exit 3',
    );
    const lines: string[] = [];
    const error: unknown = await deploy({
      env: { PASSWORD: 'hunter22\nsecond line' },
      onLine: (line) => lines.push(line),
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'deploy-failed',
      exit: 1,
      message: expect.stringContaining('bad: ***') as string,
    });
    expect(String(error)).toContain('line 40.');
    expect(String(error)).not.toContain('line 5.');
    expect(`${JSON.stringify(error)}${String(error)}${lines.join('')}`).not.toMatch(/hunter22|second line/);
  });

  it('says what to do where the managers did not agree in time', async () => {
    const words = 'failed to update service a_b: Error response from daemon: rpc error: code = Unknown desc = context deadline exceeded'; // prettier-ignore
    await docker('Docker version 28.2.2, build x', `echo "${words}" >&2; exit 1`);
    await expect(deploy()).rejects.toMatchObject({
      code: 'deploy-failed',
      hints: [expect.stringContaining('did not agree in time')],
    });
  });

  it('says so where it says nothing', async () => {
    await docker('Docker version 28.2.2, build x', 'exit 1');
    await expect(deploy()).rejects.toThrow('it ended with code 1 and said nothing');
  });

  it('is ended by an abort', async () => {
    await docker('Docker version 28.2.2, build x', 'echo begun; exec sleep 30');
    const stop = new AbortController();
    const started = performance.now();
    await expect(deploy({ signal: stop.signal, onLine: () => stop.abort() })).rejects.toMatchObject({
      code: 'deploy-interrupted',
      exit: 130,
    });
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('refuses a value that cannot be passed on, without quoting it', async () => {
    await docker('Docker version 28.2.2, build x');
    const error: unknown = await deploy({ env: { KEY: 'hunter22\0' } }).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('the value of KEY');
    expect(String(error)).not.toContain('hunter22');
  });

  it('needs 19.03', async () => {
    await docker('Docker version 18.09.1, build x');
    await expect(deploy()).rejects.toMatchObject({ code: 'docker-cli-too-old' });
  });

  it('is not hurt by a child that reads nothing of a long document', async () => {
    await writeFile(
      join(dir, 'docker'),
      '#!/bin/sh\n[ "$1" = --version ] && echo "Docker version 28.2.2, build x"\nexit 0\n',
    );
    await chmod(join(dir, 'docker'), 0o755);
    await deployWithCli(
      await findDockerCli(env),
      await resolveEngine({ host: 'tcp://h:1', env }),
      'prod',
      'x'.repeat(4 << 20),
    );
  });
});

describe('trying the docker CLI', () => {
  const tried = async (host = 'tcp://h:1') => tryCli(await resolveEngine({ host, env }), 1000);

  it('asks for the version with the child’s own environment and address', async () => {
    env['DOCKER_API_VERSION'] = '1.99';
    await docker('Docker version 28.2.2, build x', 'echo 1.41');
    expect(await tried()).toMatchObject({ version: '28.2.2' });
    expect(await said('argv')).toBe('version\n--format\n{{.Server.APIVersion}}\n');
    expect(await said('env')).toContain('DOCKER_HOST=tcp://h:1');
    expect(await said('env')).not.toContain('DOCKER_API_VERSION');
  });

  it.each([
    ['Docker version 18.09.1, build x', '', 'docker-cli-too-old', 'needs a docker CLI of 19.03 or newer'],
    [
      'Docker version 20.10.24, build x',
      'echo "Error response from daemon: client version 1.41 is too old. Minimum supported API version is 1.44, ' +
        'please upgrade your client to a newer version" >&2; exit 1',
      'docker-cli-too-old',
      'share no version of the API',
    ],
    [
      'Docker version 29.0.0, build x',
      'echo "Error response from daemon: client version 1.44 is too new. Maximum supported API version is 1.41" ' +
        '>&2; exit 1',
      'docker-cli-too-old',
      'share no version of the API',
    ],
    [
      'Docker version 28.2.2, build x',
      'echo "Cannot connect to the Docker daemon at tcp://h:1. Is the docker daemon running?" >&2; exit 1',
      'docker-cli-refused',
      'which bundle does reach: Cannot connect',
    ],
    [
      'Docker version 28.2.2, build x',
      'exec sleep 100',
      'docker-cli-refused',
      'gave no answer to `docker version` within 1 s',
    ],
    [
      'Docker version 28.2.2, build x',
      'sleep 100 & wait',
      'docker-cli-refused',
      'gave no answer to `docker version` within 1 s',
    ],
    ['podman version 4.9.3', '', 'docker-cli-missing', 'podman version 4.9.3'],
  ])('%s: %s', async (version, script, code, words) => {
    await docker(version, script);
    await expect(tried()).rejects.toMatchObject({ code, message: expect.stringContaining(words) as string });
  });

  it('is missing', async () => {
    env['BUNDLE_DOCKER_CLI'] = join(dir, 'nowhere');
    await expect(tried()).rejects.toMatchObject({ code: 'docker-cli-missing' });
  });
});
