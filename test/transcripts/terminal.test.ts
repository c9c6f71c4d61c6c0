import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../support/cli.ts';
import { atTerminal } from '../support/terminal.ts';

/*
 * A bundle whose answers changed since stack.yml was rendered, without an engine: what happens to it before one is
 * asked.
 */
let dir: string;
const prod = (): string => join(dir, 'prod');
const stack = (): Promise<string> => readFile(join(prod(), 'stack.yml'), 'utf8');
const NOBODY = {
  question: /never asked/,
  answer: () => Promise.resolve(''),
  env: { DOCKER_HOST: 'unix:///nonexistent/docker.sock', COLUMNS: '200' },
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bundle-terminal-'));
  const set = ['stack=zookeeper', 'nodes=["node1"]', 'servers=1'].flatMap((each) => ['--set', each]);
  const made = await bundle(['init', prod(), '--stack', 'zookeeper', '--yes', '--no-prepare', ...set.slice(2)]);
  expect(made.code, made.all).toBe(0);
  const file = join(prod(), 'bundle.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^heapMb: \d+/m, 'heapMb: 300'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

it('plan and deploy without a terminal end with 2; plan at one writes nothing, deploy renders and says so', async () => {
  const old = await stack();
  for (const command of ['plan', 'deploy']) {
    const refused = await bundle([command, prod()]);
    expect(refused.code, refused.all).toBe(2);
    expect(refused.stderr).toContain('bundle render');
  }
  const planned = await atTerminal(['plan', prod()], NOBODY);
  expect(planned.code, planned.screen).toBe(3);
  expect(planned.screen).toContain(
    'stack.yml is older than bundle.yaml: planned as it will be rendered; nothing is written',
  );
  expect(await stack()).toBe(old);

  const deployed = await atTerminal(['deploy', prod()], NOBODY);
  expect(deployed.code, deployed.screen).toBe(3);
  expect(deployed.screen).toContain('stack.yml was older than bundle.yaml, and is rendered anew');
  expect(await stack()).not.toBe(old);
  expect((await bundle(['render', prod(), '--check'])).code).toBe(0);
});

it('what somebody edited is never written over', async () => {
  const edited = `${await stack()}# by hand\n`;
  await writeFile(join(prod(), 'stack.yml'), edited);
  for (const command of ['plan', 'deploy']) expect((await atTerminal([command, prod()], NOBODY)).code).toBe(2);
  expect(await stack()).toBe(edited);
});
