import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> };

/** Those of package.json that are programs of this project. */
const ours = Object.entries(scripts).flatMap(([name, line]): [string, string][] => {
  const file = /^node scripts\/run\.mjs (scripts\/\S+\.ts)$/.exec(line)?.[1];
  return file === undefined ? [] : [[name, file]];
});

interface Ended {
  code: unknown;
  stdout: string;
  stderr: string;
}

const start = (file: string, ...args: string[]): Promise<Ended> => startWith({}, file, ...args);

function startWith(env: NodeJS.ProcessEnv, file: string, ...args: string[]): Promise<Ended> {
  const options = { cwd: root, env: { ...process.env, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', file, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe.concurrent('scripts of this project', () => {
  it('are all looked at', () => {
    expect(ours.map(([name]) => name)).toEqual(
      expect.arrayContaining(['demo', 'test', 'chaos', 'matrix', 'bench', 'images', 'lab']),
    );
  });

  it.each(ours)('%s explains itself with --help', async (name, file) => {
    const { code, stdout, stderr } = await start(file, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: npm run ${name} -- `);
  });

  it.each([
    ...ours.map(([, file]): [string, string[], string] => [file, ['--nonsense'], "unknown option '--nonsense'"]),
    ['scripts/chaos.ts', ['--kills', 'many'], 'whole number'],
    ['scripts/chaos.ts', ['--engine', '19.03'], "engine '19.03'"],
    ['scripts/matrix.ts', ['--case', '99999'], 'has cases 1 to'],
    ['scripts/bench.ts', ['fly'], 'Allowed choices are start, plan, deploy, verify'],
  ] satisfies [string, string[], string][])('%s %j is wrong usage', async (file, args, message) => {
    const { code, stdout, stderr } = await start(file, ...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: npm run ');
    expect(stderr).not.toMatch(/^ +at /m);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

it('the demo on a swarm that answers no more is not said to be gone, and its secrets stay', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'bundle-demo-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const demo = (...args: string[]): Promise<Ended> => startWith({ TMPDIR: dir }, 'scripts/demo.ts', ...args);
  const host = ['--host', 'unix:///nonexistent/docker.sock'];
  const sets = ['images.manager=m:1', 'images.agent=a:1', 'deepStorage.type=s3', 'deepStorage.path=s3://b/p'];
  const nodes = ['manager', 'agents.master', 'agents.query', 'agents.data'].map((role) => `${role}.nodes=node1`);
  const begun = await demo(...host, ...[...sets, ...nodes].flatMap((answer) => ['--set', answer]));
  expect(begun.code, begun.stdout + begun.stderr).not.toBe(0);
  expect(begun.stdout).toContain(`\`npm run demo -- --down ${host.join(' ')}\` removes what there is`);
  const files = (): Promise<string[]> => readdir(dir, { recursive: true });
  const before = await files();
  expect(before.filter((file) => file.endsWith('/imply-demo/bundle.yaml'))).toHaveLength(1);

  const other = await demo('--down', '--host', 'unix:///nonexistent/other.sock');
  expect([other.code, other.stdout]).toEqual([0, 'demo: there is none to remove\n']);
  const down = await demo('--down', ...host);
  expect(down.code, down.stdout).toBe(1);
  expect(down.stdout).toMatch(/`bundle destroy` ended with exit code \d+\. \S+ stays: it has the only copy/);
  expect(down.stdout).not.toContain('gone from');
  expect(await files()).toEqual(before);
});
