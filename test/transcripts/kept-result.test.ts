import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, openSync } from 'node:fs';
import {
  appendFile,
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtEntry, bundle, type CliResult } from '../support/cli.ts';

/** What `bundle render` reads of a bundle, and what it looks for. */
const READ = ['bundle.yaml', 'bundle.lock.json', 'stack.yml', 'README.md', '.bundle.notes.json', '.bundle.schema.json'];
const LOOKED_FOR = ['.writing', '.writing.tmp', '.writing.lock'];
const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const AGAIN = 'what was kept\n';
const STACKS: Readonly<Record<string, readonly string[]>> = {
  zookeeper: ['nodes=[n1,n2,n3]'],
  kafka: ['nodes=[n1,n2,n3]'],
  imply: [
    ...['manager', 'agents.master', 'agents.query', 'agents.data'].map((role) => `${role}.nodes=n1`),
    'tls.keyBits=2048',
  ],
};

let root: string;
let place: string;
let caches: string;
let prod: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-kept-'));
  for (const stack of Object.keys(STACKS)) await made(stack, stack);
  return () => rm(root, { recursive: true, force: true });
  // Kafka has keys of its own to make.
}, 120_000);
beforeEach(async () => {
  place = await mkdtemp(join(root, 'case-'));
  [caches, prod] = [join(place, 'caches'), join(place, 'prod')];
  await mkdir(caches);
  await cp(join(root, 'zookeeper'), prod, { recursive: true });
});

async function made(name: string, stack: string, ...answers: string[]): Promise<string> {
  const dir = join(root, name);
  const sets = ['name=prod', ...(STACKS[stack] ?? []), ...answers].flatMap((answer) => ['--set', answer]);
  const done = await bundle(['init', dir, '--stack', stack, '--yes', '--no-prepare', ...sets]);
  expect(done.code, done.all).toBe(0);
  return dir;
}

const run = (args: string[] = ['render', prod], options: Parameters<typeof bundle>[1] = {}): Promise<CliResult> =>
  bundle(args, { cwd: place, ...options, env: { XDG_CACHE_HOME: caches, ...options.env } });

const keptFiles = async (): Promise<string[]> => {
  const folder = join(caches, 'bundle/render');
  return existsSync(folder) ? (await readdir(folder)).map((name) => join(folder, name)) : [];
};

/** Renders once, and makes what is kept of that say so when it is printed again. */
async function kept(dir = prod): Promise<void> {
  expect(await run(['render', dir])).toMatchObject({ code: 0, stdout: 'prod: up to date\n', stderr: '' });
  for (const file of await keptFiles()) {
    const [, json = ''] = (await readFile(file, 'utf8')).split('\n');
    const marked = JSON.stringify({ ...(JSON.parse(json) as object), text: AGAIN });
    await writeFile(file, `${createHash('sha256').update(marked).digest('hex')}\n${marked}`);
  }
}

/** What a command prints and ends with that knows of nothing kept. */
const anew = (args?: string[], options: Parameters<typeof bundle>[1] = {}): Promise<CliResult> =>
  run(args, { ...options, env: { ...options.env, NODE_DISABLE_COMPILE_CACHE: '1' } });

describe('what `bundle render` found is printed again', () => {
  it.each(Object.keys(STACKS))('of a bundle of %s in which nothing changed', async (stack) => {
    const dir = join(root, stack);
    await kept(dir);
    expect(await run(['render', dir])).toEqual({ code: 0, stdout: AGAIN, stderr: '', all: AGAIN });
  });

  it('whatever its directory is called on the command line', async () => {
    await kept();
    for (const [dir, cwd] of [
      ['prod', place],
      ['./prod/', place],
      [join(place, 'caches', '..', 'prod'), place],
      ['../prod', caches],
    ] as const)
      expect((await run(['render', dir], { cwd })).stdout, dir).toBe(AGAIN);
    expect((await run(['render'], { cwd: prod })).stdout).toBe(AGAIN);
  });

  it('through a link, until that names another bundle', async () => {
    const link = join(place, 'link');
    const other = join(place, 'other');
    await cp(prod, other, { recursive: true });
    await appendFile(join(other, 'stack.yml'), '# by hand\n');
    await symlink(prod, link);
    await kept(link);
    expect((await run(['render', link])).stdout).toBe(AGAIN);
    await rm(link);
    await symlink(other, link);
    expect((await run(['render', link, '--check'])).code).toBe(6);
    expect((await run(['render', link])).stdout).toMatch(/^prod: rendered .*stack\.yml/);
  });

  it('beside a README.md of the user’s own', async () => {
    await writeFile(join(prod, 'README.md'), '# Mine\n');
    await kept();
    expect((await run()).stdout).toBe(AGAIN);
    await writeFile(join(prod, 'README.md'), '# Mine, too\n');
    expect((await run()).stdout).toBe('prod: up to date\n');
  });

  it('by many commands at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => run()));
    expect(new Set(all.map(({ code, all: text }) => `${code} ${text}`))).toEqual(new Set(['0 prod: up to date\n']));
    expect(await keptFiles()).toHaveLength(1);
  });

  it.each(['secrets/any', 'last-verification.json', 'stack.yml.edited', '.gitignore', 'of-my-own/file'])(
    'whatever is in %s, which it does not read',
    async (name) => {
      await kept();
      await mkdir(join(prod, name, '..'), { recursive: true });
      await writeFile(join(prod, name), 'anything');
      expect((await run()).stdout).toBe(AGAIN);
      expect((await anew()).stdout).toBe('prod: up to date\n');
    },
  );
});

describe('the bundle is looked at', () => {
  /** All is as if nothing had been kept: what is printed, the exit code, and the files. */
  async function expectAsAnew(change: (dir: string) => Promise<unknown>): Promise<void> {
    await kept();
    const twin = join(place, 'twin', 'prod');
    await cp(prod, twin, { recursive: true });
    for (const dir of [prod, twin]) await change(dir);
    const expected = await anew(['render', 'prod'], { cwd: join(place, 'twin') });
    const done = await run(['render', 'prod']);
    expect(done.all).not.toContain(AGAIN.trim());
    const same = (text: string): string => text.replaceAll(join(place, 'twin'), place);
    expect({ ...done }).toEqual({
      code: expected.code,
      stdout: same(expected.stdout),
      stderr: same(expected.stderr),
      all: same(expected.all),
    });
    for (const name of READ) expect(await content(join(prod, name)), name).toBe(await content(join(twin, name)));
  }

  const content = (path: string): Promise<string> =>
    readFile(path, 'utf8').catch(({ code }: NodeJS.ErrnoException) => code ?? '');

  it.each(READ)('if of %s one byte is another one', (name) =>
    expectAsAnew(async (dir) => {
      const before = await readFile(join(dir, name));
      const at = before.length >> 1;
      before[at] = (before[at] ?? 0) ^ 1;
      await writeFile(join(dir, name), before);
    }),
  );

  it.each(READ)('if there is no %s', (name) => expectAsAnew((dir) => rm(join(dir, name))));

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['has one byte more', (path) => appendFile(path, '\n')],
    ['has no content', (path) => writeFile(path, '')],
    ['is a directory', (path) => rm(path).then(() => mkdir(path))],
    ['is a link to itself', (path) => rm(path).then(() => symlink('README.md', path))],
  ])('if README.md %s', (_what, change) => expectAsAnew((dir) => change(join(dir, 'README.md'))));

  it.each(LOOKED_FOR)('if there is %s', async (name) => {
    await kept();
    if (name === '.writing.lock') await writeFile(join(prod, name), `elsewhere 1\n`);
    else await mkdir(join(prod, name));
    const done = await run();
    // Another one that writes is waited for by nobody; what a killed one left is cleared away.
    if (name === '.writing.lock') expect(done).toMatchObject({ code: 8, stdout: '' });
    else expect(done).toMatchObject({ code: 0, stdout: 'prod: up to date\n' });
    expect(existsSync(join(prod, name))).toBe(name === '.writing.lock');
  });

  it('if its directory is gone, or the working directory', async () => {
    await kept();
    const gone = join(place, 'gone');
    await mkdir(gone);
    const { status, stdout } = spawnSync(
      'sh',
      ['-c', 'rmdir "$1"; exec "$2" "$3" render "$4"', 'sh', gone, process.execPath, builtEntry, prod],
      { cwd: gone, env: { PATH: process.env['PATH'], XDG_CACHE_HOME: caches }, encoding: 'utf8' },
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    await rename(prod, `${prod}-elsewhere`);
    expect(await run()).toMatchObject({ code: 2, stdout: '' });
  });

  it.each([['--check'], ['--json'], ['--quiet'], ['-q'], ['--no-color'], ['--target', 'swarm'], ['--']])(
    'with %s',
    async (...options) => {
      await kept();
      const done = await run(['render', prod, ...options]);
      expect(done.code, done.all).toBe(0);
      expect(done.stdout).toContain(options[0] === '--json' ? '"written": []' : 'prod: up to date');
      expect((await run(['render', ...options, prod])).stdout).toBe(done.stdout);
    },
  );

  it('if the command line is wrong', async () => {
    await kept();
    expect(await run(['render', prod, prod])).toMatchObject({ code: 2, stdout: '' });
    expect(await run(['render', prod, '--nonsense'])).toMatchObject({ code: 2, stdout: '' });
    expect((await run(['render', '--help'], { cwd: prod })).stdout).toContain('--check');
  });

  it('if docker’s plugin is called by hand, without the word that docker puts before', async () => {
    await kept();
    const plugin = join(place, 'docker-bundle');
    await symlink(builtEntry, plugin);
    const done = await run(undefined, { entry: plugin });
    expect(done).toMatchObject({ code: 2, stdout: expect.stringContaining('Usage') as string });
  });
});

describe('by another build', () => {
  let other: string;
  beforeEach(async () => {
    other = join(place, 'other', 'dist');
    await cp(dist, other, { recursive: true });
    await mkdir(join(place, 'other', 'scripts'));
  });
  const entry = (): string => join(other, 'bundle.cjs');

  it('nothing is printed of what this one found, nor the reverse', async () => {
    await kept();
    expect((await run(undefined, { entry: entry() })).stdout).toBe('prod: up to date\n');
    expect((await run()).stdout).toBe('prod: up to date\n');
  });

  it('nor of what it found before somebody patched it', async () => {
    expect((await run(undefined, { entry: entry() })).stdout).toBe('prod: up to date\n');
    for (const name of await readdir(other)) {
      const text = await readFile(join(other, name), 'utf8');
      if (text.includes('up to date')) await writeFile(join(other, name), text.replaceAll('up to date', 'up to then'));
    }
    expect((await run(undefined, { entry: entry() })).stdout).toBe('prod: up to then\n');
    expect((await run(undefined, { entry: entry() })).stdout).toBe('prod: up to then\n');
  });
});

describe('nothing is kept', () => {
  it('of a render that wrote something', async () => {
    await rm(join(prod, 'README.md'));
    expect((await run()).stdout).toMatch(/^prod: rendered /);
    expect(await keptFiles()).toEqual([]);
    // Its notes alone.
    await writeFile(join(prod, '.bundle.notes.json'), '{}');
    expect((await run()).stdout).toBe('prod: up to date\n');
    expect(await keptFiles()).toEqual([]);
    await kept();
    expect((await run()).stdout).toBe(AGAIN);
  });

  it('of a bundle whose secrets become variables: their length counts, and the day', async () => {
    const dir = await made('with-variables', 'imply', 'secretDelivery=env');
    expect((await run(['render', dir])).stdout).toBe('prod: up to date\n');
    expect(await keptFiles()).toEqual([]);
  });

  it.each(['bundle', 'bundle/render'])('if others may write to %s of the cache', async (path) => {
    await mkdir(join(caches, path), { recursive: true });
    await chmod(join(caches, path), 0o777);
    await run();
    expect(await keptFiles()).toEqual([]);
  });

  it('is read of what was kept, once others may write there', async () => {
    await kept();
    await chmod(join(caches, 'bundle/render'), 0o777);
    expect((await run()).stdout).toBe('prod: up to date\n');
  });

  it.skipIf(process.getuid?.() !== 0)('is read of what was kept, once it is somebody else’s', async () => {
    await kept();
    await chown(join(caches, 'bundle/render'), 54_321, 54_321);
    expect((await run()).stdout).toBe('prod: up to date\n');
  });

  it('if Node’s own variable switches caches off', async () => {
    await anew();
    expect(await readdir(caches)).toEqual([]);
  });
});

it('a full disk is told in the same words', async () => {
  await kept();
  const full = openSync('/dev/full', 'w');
  const ends = ['1', undefined].map((off) => {
    const { status, stderr } = spawnSync(process.execPath, [builtEntry, 'render', prod], {
      env: {
        PATH: process.env['PATH'],
        XDG_CACHE_HOME: caches,
        ...(off !== undefined && { NODE_DISABLE_COMPILE_CACHE: off }),
      },
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    return { status, stderr };
  });
  expect(ends[0]).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot write the result') as string });
  expect(ends[1]).toEqual(ends[0]);
});

describe('all that a render looks at is known', () => {
  it.each(Object.keys(STACKS))('of %s: no other file, no variable, no time, no chance', async (stack) => {
    const dir = join(root, stack);
    const log = join(place, 'looked.txt');
    const spy = fileURLToPath(new URL('../support/looks.cjs', import.meta.url));
    const done = await anew(['render', dir], { env: { NODE_OPTIONS: `--require=${spy}`, LOOKS: log } });
    expect(done).toMatchObject({ code: 0, stdout: 'prod: up to date\n' });
    const all = new Set((await readFile(log, 'utf8')).trimEnd().split('\n'));
    // Node finds its modules by the same calls. The variables say where compiled code is kept, and by which words the
    // program was started.
    const besides = /^\$(NODE_COMPILE_CACHE|NODE_DISABLE_COMPILE_CACHE|npm_command)$/;
    const looked = [...all].filter((each) => !each.startsWith(dist) && !besides.test(each));
    expect(looked.sort()).toEqual([dir, ...[...READ, ...LOOKED_FOR].map((name) => join(dir, name))].sort());
  });
});
