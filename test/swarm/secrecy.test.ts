import { appendFile, chmod, cp, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { bundle } from '../support/cli.ts';
import { Cluster, images, sharedLab, unsupported, variant } from '../support/cluster.ts';
import { CommandLines } from '../support/command-lines.ts';

/** What a registry and a gateway before the engine are given. */
const LOGIN = {
  auth: Buffer.from('me:hunter2-of-the-registry').toString('base64'),
  password: 'hunter2-of-the-registry',
  header: 'hunter2-of-the-gateway',
};
/** Stands where a secret stood, so that the file is refused. */
const OTHER = 'hunter2-in-the-place-of-another';

/** No byte of a secret anywhere but where it belongs, with images that print all they know while they crash. */
describe.skipIf(unsupported !== undefined)('secrets appear nowhere', () => {
  let cluster: Cluster;
  let outputs = '';
  /** Commands that were run. */
  const ran = new Set<string>();
  const seen = new CommandLines();
  let sampler: NodeJS.Timeout;

  beforeAll(async () => {
    const lab = await sharedLab();
    const telltale = await variant(lab, images.manager, 'telltale', {
      SIMULATOR_FAULTS: 'print-environment,crash-before-lines',
    });
    cluster = await Cluster.make('hush');
    // Every docker child leaves its arguments and environment here; /proc is sampled for all other processes.
    const wrapper = join(cluster.parent, 'docker');
    await writeFile(
      wrapper,
      `#!/bin/sh\n{ printf '%s\\n' "$@"; env; } >> ${join(cluster.parent, 'argv.log')}\nexec ` +
        `${await cluster.lab.cli()} "$@"\n`,
    );
    await chmod(wrapper, 0o755);
    // What a log-in and a gateway before the engine know is secret too; DEBUG makes libraries and docker itself talk.
    const config = join(cluster.parent, 'config');
    await mkdir(config);
    await writeFile(
      join(config, 'config.json'),
      JSON.stringify({ auths: { [lab.registry]: { auth: LOGIN.auth } }, HttpHeaders: { 'X-Gateway': LOGIN.header } }),
      { mode: 0o600 },
    );
    cluster.env = { BUNDLE_DOCKER_CLI: wrapper, DOCKER_CONFIG: config, DEBUG: '*' };
    sampler = setInterval(() => seen.look(), 20);

    ran.add('init');
    outputs += (await cluster.init('node1', { 'images.manager': telltale }, [])).all;
    for (const args of [
      ['check'],
      ['check', '--json'],
      ['plan'],
      ['plan', '--json'],
      ['prepare', '--yes'],
      ['deploy', '--dry-run'],
      ['deploy', '--dry-run', '--json'],
      ['deploy', '--yes', '--timeout', '30s'],
      ['deploy', '--yes', '--json', '--timeout', '5s'],
      ['deploy', '--yes', '--rollback-on-failure', '--timeout', '5s'],
      ...['text', 'json', 'junit', 'tap', 'prometheus'].map((format) => [
        'verify',
        '--format',
        format,
        '--timeout',
        '5s',
      ]),
      ['verify', '--json', '--timeout', '5s'],
      ['status'],
      ['status', '--wide'],
      ['status', '--json'],
      ['history'],
      ['history', '--json'],
      ['history', '--release', '1'],
      ['logs'],
      ['logs', '--json'],
      ['open'],
      ['open', '--json'],
      ['rollback', '--yes', '--timeout', '5s'],
      ['rollback', '--yes', '--json', '--timeout', '5s'],
      ['render'],
      ['render', '--check', '--json'],
      ['render', '--target', 'run'],
      ['init', '--yes'],
      ['init', '--yes', '--json'],
      ['init', '--yes', '--set', 'no.such=answer'],
    ])
      await keep(args);
    // Those that take no bundle.
    for (const args of [['schema'], ['schema', 'deploy'], ['completion', 'bash'], ['plugin'], ['plugin', '--json']]) {
      ran.add(args[0] ?? '');
      outputs += (await bundle(args, { cwd: cluster.parent, env: cluster.env })).all;
    }
    await keepFaults();
  });

  const keep = async (args: string[]) => {
    ran.add(args[0] ?? '');
    outputs += (await cluster.run(args)).all;
  };

  /** What is wrong with a copy of the bundle is told without a word of it. */
  async function keepFaults(): Promise<void> {
    const dir = join(cluster.parent, 'broken');
    const at = async (...args: string[]) => {
      const [command = '', ...rest] = args;
      outputs += (
        await bundle([command, dir, ...rest], {
          cwd: cluster.parent,
          netns: cluster.netns,
          env: { ...cluster.lab.env('node1'), ...cluster.env },
        })
      ).all;
    };
    const write = (file: string, text: string) => writeFile(join(dir, file), text, { mode: 0o600 });
    for (const spoil of [
      () => write('secrets/store-password', `${OTHER}\nand a second line\n`),
      () => write('secrets/imply-auth-token', OTHER),
      () => write('secrets/imply-ca.key', `-----BEGIN PRIVATE KEY-----\n${OTHER}\n-----END PRIVATE KEY-----\n`),
      () => write('secrets/fingerprint.key', OTHER),
      () => appendFile(join(dir, 'bundle.yaml'), `password: ${OTHER}\n`),
      () => appendFile(join(dir, 'bundle.yaml'), `password: [${OTHER}\n`),
      () => write('bundle.lock.json', `{"secrets": "${OTHER}`),
    ]) {
      await rm(dir, { recursive: true, force: true });
      await cp(cluster.dir, dir, { recursive: true });
      await spoil();
      for (const args of [['check', '--json'], ['plan'], ['deploy', '--yes', '--timeout', '5s'], ['init', '--yes']])
        await at(...args);
    }
    expect(outputs).toContain('broken/bundle.yaml');
    await rm(dir, { recursive: true, force: true });
  }

  afterAll(async () => {
    clearInterval(sampler);
    await cluster.remove();
  });

  const values = async () => {
    const files = await readdir(join(cluster.dir, 'secrets'));
    const all: Record<string, string[]> = {};
    for (const file of files.filter((name) => name !== '.gitignore' && name !== 'imply-ca.crt')) {
      const content = await readFile(join(cluster.dir, 'secrets', file));
      const text = content.toString('utf8').trim();
      all[file] = [
        content.toString('base64'),
        content.toString('hex'),
        ...(file === 'fingerprint.key'
          ? []
          : text.split('\n').filter((line) => line.length > 15 && !line.startsWith('-----'))),
      ];
    }
    expect(Object.keys(all).sort()).toEqual(['fingerprint.key', 'imply-auth-token', 'imply-ca.key', 'store-password']);
    return { ...all, 'the log-in': Object.values(LOGIN), 'what replaced a secret': [OTHER] };
  };
  const expectClean = async (text: string) => {
    for (const [file, forms] of Object.entries(await values()))
      for (const form of forms) expect(text.includes(form), `${file} is in it`).toBe(false);
  };

  it('the image really printed its password', async () => {
    const logs = await cluster.docker(['service', 'logs', '--raw', 'hush_imply-manager']);
    expect((logs.stdout + logs.stderr).includes((await cluster.read('secrets/store-password')).trim())).toBe(true);
    expect(outputs).toContain('[redacted]');
  });

  it('not in an argument or environment of a child, nor in any process’s arguments', async () => {
    const log = await readFile(join(cluster.parent, 'argv.log'), 'utf8');
    expect(log).toContain('deploy');
    expect(seen.text()).toContain('bundle.cjs');
    await expectClean(log);
    await expectClean(seen.text());
  });

  it('not in stack.yml, bundle.yaml, the lock, the runbook, or any file that others may read', async () => {
    for (const path of await walk(cluster.dir)) {
      const mode = (await stat(path)).mode & 0o777;
      // What containers mount is for them to read: nobody else gets into the folder.
      if (path.startsWith(join(cluster.dir, 'run')) && path.includes('/secrets/'))
        expect((await stat(join(cluster.dir, 'run'))).mode & 0o777).toBe(0o700);
      else if (path.includes('/secrets/')) expect(mode, path).toBe(0o600);
      else await expectClean(await readFile(path, 'utf8'));
    }
  });

  it('not in a service, task, config, network or secret of the swarm', async () => {
    const list = async (kind: string) =>
      (await cluster.docker([kind, 'ls', '-q'])).stdout.trim().split('\n').filter(Boolean);
    let text = '';
    for (const kind of ['service', 'secret', 'network', 'node']) {
      const ids = await list(kind);
      if (ids.length > 0) text += (await cluster.docker([kind, 'inspect', ...ids])).stdout;
    }
    const tasks = (await cluster.docker(['stack', 'ps', '-q', '--no-trunc', 'hush'])).stdout.trim().split('\n');
    // Tasks of a crash loop come and go: those that are there are shown, the others end the command with 1.
    text += (await cluster.docker(['inspect', ...tasks], { check: false })).stdout;
    expect(text).toContain('"DesiredState"');
    expect(text).toContain('hush_imply-manager');
    await expectClean(text);
  });

  it('not in any output of any command', async () => {
    await keep(['destroy', '--yes', '--volumes', '--json']);
    expect([...ran].sort()).toEqual(commands.map(({ name }) => name).sort());
    await expectClean(outputs);
  });
});

async function walk(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const nested = await Promise.all(
    entries.map(async (entry) => (entry.isDirectory() ? walk(join(dir, entry.name)) : [join(dir, entry.name)])),
  );
  return nested.flat();
}
