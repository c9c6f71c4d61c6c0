import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  version: string;
  private?: boolean;
  scripts: Record<string, string>;
};

describe('the package, in an empty folder and without this repository', () => {
  let dir: string;
  let files: string[];
  /** Runs a program of the package, without an engine and without a home. */
  const call = (program: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
    run(join(dir, 'node_modules/.bin', program), args, {
      cwd: dir,
      env: { PATH: process.env['PATH'], HOME: dir, DOCKER_HOST: 'unix:///nonexistent/docker.sock', ...env },
    });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bundle-package-'));
    // Its own build is what the other tests run at this moment.
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', dir];
    const [packed] = JSON.parse((await run('npm', pack, { cwd: root })).stdout) as {
      filename: string;
      files: { path: string }[];
    }[];
    files = packed?.files.map(({ path }) => path) ?? [];
    await run('npm', ['init', '--yes'], { cwd: dir });
    const install = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', `./${packed?.filename}`];
    await run('npm', install, { cwd: dir });
  }, 120_000);
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('is built when it is packed, and holds the program, its licences and nothing of the sources', () => {
    expect(manifest.scripts['prepack']).toBe(manifest.scripts['build']);
    expect(manifest.private).toBeUndefined();
    expect(files).toEqual(
      expect.arrayContaining([
        'dist/bundle.cjs',
        'dist/LICENSES.txt',
        'scripts/bundle.cjs',
        'scripts/bundle.mjs',
        'LICENSE',
      ]),
    );
    expect(files.filter((file) => file.endsWith('.ts') || file.startsWith('test/'))).toEqual([]);
  });

  it('is as strict as its sources', async () => {
    const modules = files.filter((file) => file.endsWith('.cjs'));
    expect(modules.length).toBeGreaterThan(10);
    for (const file of modules)
      expect(await readFile(join(root, file), 'utf8'), file).toMatch(/^(?:#!.*\n(?:\/\/.*\n)*)?['"]use strict['"];/);
  });

  it('is started by the modules of earlier builds as well', async () => {
    for (const file of ['dist/bundle.mjs', 'scripts/bundle.mjs']) {
      const program = join(dir, 'node_modules/swarm-stack-bundler', file);
      const options = { cwd: dir, env: { PATH: process.env['PATH'], HOME: dir } };
      expect((await run(process.execPath, [program, 'schema'], options)).stdout).toContain('$schema');
    }
  });

  it('has the commands bundle and swarm-stack-bundler', async () => {
    for (const program of ['bundle', 'swarm-stack-bundler'])
      expect((await call(program, ['--version'])).stdout).toBe(`${manifest.version}\n`);
  });

  it('prints commands the way it was started', async () => {
    const wrong = { code: 2, stderr: expect.stringContaining('`swarm-stack-bundler plan --help`') as string };
    await expect(call('swarm-stack-bundler', ['plan', '--nonsense'])).rejects.toMatchObject(wrong);
    const json = { stdout: expect.stringContaining('`swarm-stack-bundler plan --help`') as string };
    await expect(call('swarm-stack-bundler', ['plan', '--nonsense', '--json'])).rejects.toMatchObject(json);
    const npx = { code: 2, stderr: expect.stringContaining('`npx bundle plan --help`') as string };
    await expect(call('bundle', ['plan', '--nonsense'], { npm_command: 'exec' })).rejects.toMatchObject(npx);
  });

  it('makes a bundle, renders it and knows its schemas', async () => {
    const sets = ['nodes=node1'].flatMap((each) => ['--set', each]);
    await call('bundle', ['init', 'prod', '--stack', 'zookeeper', '--yes', ...sets]);
    expect((await readdir(join(dir, 'prod'))).sort()).toEqual(expect.arrayContaining(['bundle.yaml', 'stack.yml']));
    await call('bundle', ['render', 'prod', '--check']);
    expect(JSON.parse((await call('bundle', ['schema'])).stdout)).toHaveProperty('$schema');
    expect(JSON.parse((await call('bundle', ['schema', 'verify'])).stdout)).toHaveProperty('$schema');
  });
});
