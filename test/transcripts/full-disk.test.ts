import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtEntry, bundle } from '../support/cli.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-full-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const init = (...answers: string[]): string[] => [
  ...['init', 'prod', '--stack', 'zookeeper', '--yes', '--no-prepare'],
  ...['nodes=[n1,n2,n3]', ...answers].flatMap((answer) => ['--set', answer]),
];

/** As on a full disk, files are made here and take no content. */
function onFullDisk(args: string[]): { code: number | null; stderr: string } {
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, builtEntry, ...args],
    {
      cwd: root,
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', DOCKER_HOST: 'unix:///nonexistent.sock' },
      encoding: 'utf8',
    },
  );
  return { code: status, stderr };
}

it('what could not be written leaves nothing behind, not a lock either: with room again it goes on at once', async () => {
  const refused = onFullDisk(init());
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/cannot write .*prod\/\.writing\.lock: /) });
  expect(await readdir(root)).toEqual([]);

  const made = await bundle(init(), { cwd: root });
  expect(made.code, made.all).toBe(0);
  const before = await readdir(join(root, 'prod'));
  expect(onFullDisk(init('servers=1')).stderr).toContain('cannot write');
  expect(await readdir(join(root, 'prod'))).toEqual(before);
  const changed = await bundle(init('servers=1'), { cwd: root });
  expect(changed.code, changed.all).toBe(0);
});
