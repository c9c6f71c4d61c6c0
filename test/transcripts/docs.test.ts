import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { COMMON, wordOf } from '../../src/cli/command.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'dist/bundle.cjs');

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...(await readdir(join(root, 'docs'), { recursive: true }))
    .filter((each) => each.endsWith('.md'))
    .map((each) => `docs/${each}`),
  ...(await readdir(join(root, 'stacks'), { recursive: true }))
    .filter((each) => each.endsWith('.md'))
    .map((each) => `stacks/${each}`),
];
const textOf = (page: string): Promise<string> => readFile(join(root, page), 'utf8');
/** Fenced blocks by what stands behind the fence. */
const blocksOf = (text: string): { info: string; body: string }[] =>
  [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, info = '', body = '']) => ({ info, body }));

/** The command lines of a block. */
const commandsOf = (body: string): string[] =>
  body
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** Whether a command line needs neither a swarm, nor a person, nor a file that is not the page’s own. */
const runsOffline = (line: string): boolean =>
  /^bundle (render|schema|completion|plugin|--version)\b/.test(line) || /^bundle init .*--yes\b/.test(line);

describe('the documentation', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bundle-docs-'));
    await mkdir(join(dir, 'bin'));
    await writeFile(join(dir, 'bin/bundle'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    await chmod(join(dir, 'bin/bundle'), 0o755);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it.each(pages)('%s: every link leads somewhere', async (page) => {
    const links = [...(await textOf(page)).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => !/^https?:/.test(link) && !existsSync(join(root, dirname(page), link)));
    expect(broken).toEqual([]);
  });

  it.each(pages)('%s: commands and options exist', async (page) => {
    const text = await textOf(page);
    const lines = blocksOf(text)
      .filter(({ info }) => /^(sh|yaml)\b/.test(info))
      .flatMap(({ body }) => body.replaceAll('\\\n', ' ').split('\n'));
    const prose = [...text.matchAll(/`((?:npx |docker )?bundle [^`]+)`/g)].map(([, command = '']) => command);
    for (const line of [...lines, ...prose]) {
      const [, name, rest = ''] = /^(?: *- )?(?:npx )?(?:docker )?bundle ([a-z]+)([^#|>]*)/.exec(line) ?? [];
      if (name === undefined) continue;
      const command = commands.find((each) => each.name === name);
      expect(command, line).toBeDefined();
      const known = Object.entries({ ...COMMON, ...command?.flags }).map(([key, flag]) => wordOf(key, flag));
      const used = [...rest.matchAll(/(?<=\s)--[a-z-]+/g)].map(([word]) => word).filter((word) => word !== '--help');
      expect(known, line).toEqual(expect.arrayContaining(used));
    }
  });

  it.each(pages)('%s: a block that can run without a swarm is marked as such, and so is run', async (page) => {
    const unmarked = blocksOf(await textOf(page)).filter(
      ({ info, body }) => info === 'sh' && commandsOf(body).length > 0 && commandsOf(body).every(runsOffline),
    );
    expect(unmarked).toEqual([]);
  });

  it.each(pages)('%s: a bare `npx bundle` is of a checkout', async (page) => {
    for (const line of (await textOf(page)).split('\n'))
      if (line.includes('npx bundle')) expect(line).toMatch(/checkout/);
  });

  it.each(pages)('%s: what can run without a swarm runs, in its order', async (page) => {
    const cwd = join(dir, page.replaceAll('/', '_'));
    await cp(join(root, 'examples'), join(cwd, 'examples'), { recursive: true });
    for (const { body } of blocksOf(await textOf(page)).filter(({ info }) => info === 'sh offline')) {
      await run('sh', ['-euc', body], {
        cwd,
        env: {
          PATH: `${join(dir, 'bin')}:${process.env['PATH']}`,
          HOME: cwd,
          DOCKER_HOST: 'unix:///nonexistent/docker.sock',
        },
      });
    }
  });

  it('begins with a transcript that is one: its lines stand in the whole session, in this order', async () => {
    const session = (await textOf('docs/session.txt')).split('\n');
    const shown = blocksOf(await textOf('README.md')).find(({ info }) => info === 'text')?.body ?? '';
    const lines = shown.split('\n').filter((line) => line !== '' && line !== '…');
    expect(lines.filter((line) => line.startsWith('$ ')).map((line) => line.split(' ')[2])).toEqual([
      'init',
      'deploy',
      'verify',
    ]);
    let from = 0;
    for (const line of lines) {
      from = session.indexOf(line, from) + 1;
      expect(from, `in docs/session.txt, after what stands before it: ${line}`).toBeGreaterThan(0);
    }
  });

  it('is short where it begins', async () => {
    expect((await textOf('README.md')).split('\n').length).toBeLessThanOrEqual(120);
  });
});

describe('examples', async () => {
  /** Files that an example names as secretFiles in its first lines: any text will do. */
  const secretFiles = (text: string): string[] =>
    [...text.matchAll(/secretFiles\.(\w+)=\S+/g)].map(([, key = '']) => key);
  it.each((await readdir(join(root, 'examples'))).filter((each) => each.endsWith('.yaml')))(
    '%s makes a bundle that is up to date',
    async (example) => {
      const cwd = await mkdtemp(join(tmpdir(), 'bundle-example-'));
      try {
        const text = await readFile(join(root, 'examples', example), 'utf8');
        await writeFile(join(cwd, 'value.txt'), 'any-text-will-do');
        const env = { PATH: process.env['PATH'], HOME: cwd, DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
        const sets = secretFiles(text).flatMap((key) => ['--set', `secretFiles.${key}=value.txt`]);
        const answers = ['--answers', join(root, 'examples', example), '--yes'];
        await run(process.execPath, [program, 'init', 'made', ...answers, ...sets], { cwd, env });
        await run(process.execPath, [program, 'render', 'made', '--check'], { cwd, env });
      } finally {
        await rm(cwd, { recursive: true, force: true });
      }
    },
  );
});
