import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../support/cli.ts';
import { fakeEngine, type FakeEngine } from '../unit/engine/fake-engine.ts';

/** No entry in the password file has it. */
const NOBODY = 54_321;
let root: string;
let engine: FakeEngine;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-home-'));
  const answers = ['--stack', 'zookeeper', '--set', 'nodes=[n1,n2,n3]', '--set', 'image=zookeeper:3.8.4'];
  const made = await bundle(['init', 'prod', '--yes', '--no-prepare', ...answers], { cwd: root });
  expect(made.code, made.all).toBe(0);
  await cp(fileURLToPath(new URL('../../dist', import.meta.url)), join(root, 'dist'), { recursive: true });
  await mkdir(join(root, 'locked'), { mode: 0o700 });
  await writeFile(join(root, 'file'), '');
  await chmod(root, 0o755);
  engine = await fakeEngine({ 'GET /info': () => ({ json: { Swarm: { LocalNodeState: 'inactive' } } }) });
  await chmod(engine.socket, 0o777);
  await chmod(join(engine.socket, '..'), 0o755);
});
afterAll(async () => {
  await engine.close();
  await rm(root, { recursive: true, force: true });
});

/** `bundle status` as a user that nobody knows, if this is root, else as this one. */
function status(home: string | undefined, args: string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [join(root, 'dist/bundle.cjs'), 'status', 'prod', ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...(home === undefined ? {} : { HOME: home }) },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(process.getuid?.() === 0 && { uid: NOBODY, gid: NOBODY }),
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stderr }));
  });
}

describe.each([
  ['none', undefined],
  ['empty', ''],
  ['relative', 'somewhere'],
  ['not there', '/nonexistent'],
  ['a file', 'file'],
  ['not readable', 'locked'],
])('a home directory that is %s', (which, given) => {
  const home = (): string | undefined => (given === 'file' || given === 'locked' ? join(root, given) : given);

  it('matters to no engine that is named by --host', async () => {
    const { code, stderr } = await status(home(), ['--host', `unix://${engine.socket}`]);
    expect(stderr).toContain('is not part of a swarm');
    expect(code, stderr).toBe(3);
  });

  it('holds no context that --context could name', async () => {
    const { code, stderr } = await status(home(), ['--context', 'prod']);
    const locked = which === 'not readable' && process.getuid?.() === 0;
    expect(stderr).toContain(
      locked
        ? 'the docker context "prod" (--context prod) cannot be read: EACCES'
        : 'there is no docker context "prod"',
    );
    expect(code, stderr).toBe(2);
  });

  it('is no bug where nothing names an engine', async () => {
    const { code, stderr } = await status(home(), []);
    expect(stderr).not.toMatch(/bug|unexpected|undefined/);
    expect(code, stderr).toBe(3);
  });
});
