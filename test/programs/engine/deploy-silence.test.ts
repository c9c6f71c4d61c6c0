import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { poll } from '../../../scripts/lab/poll.ts';
import { resolveEngine } from '../../../src/engine/address.ts';
import { findDockerCli } from '../../../src/engine/cli.ts';
import { deployStack } from '../../../src/engine/deploy-stack.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'silent-docker-'));
});
afterEach(async () => {
  // What a call left behind that holds its output.
  const left = await readFile(join(dir, 'left'), 'utf8').catch(() => '');
  for (const pid of left.trim().split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

/**
 * Deploys with a docker CLI that does this the first time, or each time, and else prints a line and is done.
 * @returns how often it ran, what was told, and how long it took
 */
async function deploy(
  script: string,
  { always = false, signal }: { always?: boolean; signal?: AbortSignal } = {},
): Promise<{ runs: number; lines: string[]; ms: number; error: unknown }> {
  const file = join(dir, 'docker');
  const runs = join(dir, 'runs');
  const first = always ? 'true' : `[ "$(wc -l < '${runs}')" -eq 1 ]`;
  await writeFile(
    file,
    '#!/bin/sh\nif [ "$1" = --version ]; then echo "Docker version 28.2.2, build x"; exit; fi\ncat > /dev/null\n' +
      `echo run >> '${runs}'\nif ${first}; then ${script}; fi\necho Updating service prod_app\n`,
  );
  await chmod(file, 0o755);
  const env = { PATH: process.env['PATH'], BUNDLE_DOCKER_CLI: file, DOCKER_CONFIG: dir };
  const location = await resolveEngine({ host: 'tcp://h:1', env });
  const lines: string[] = [];
  const started = performance.now();
  const error: unknown = await deployStack(
    await findDockerCli(env),
    location,
    () => Promise.resolve([]),
    'prod',
    'services: {}\n',
    { onLine: (line) => lines.push(line), ...(signal && { signal }) },
    { tellMs: 1_000, endMs: 8_000 },
  ).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const ms = performance.now() - started;
  return { runs: (await readFile(runs, 'utf8')).trim().split('\n').length, lines, ms, error };
}

describe('a docker stack deploy that prints nothing', () => {
  it('is told, ended, and run again', async () => {
    const { runs, lines, error } = await deploy('exec sleep 60');
    expect(error).toBeUndefined();
    expect(runs).toBe(2);
    expect([...new Set(lines)]).toEqual([
      'docker stack deploy has not answered for 1 s',
      'docker stack deploy printed nothing for 8 s: it is ended, and run again',
      'Updating service prod_app',
    ]);
  });

  it('is ended also in the middle', async () => {
    const { runs, lines, error } = await deploy('echo Creating network prod_net; exec sleep 60');
    expect([error, runs]).toEqual([undefined, 2]);
    expect(lines).toContain('Creating network prod_net');
    expect(lines).toContain('docker stack deploy printed nothing for 8 s: it is ended, and run again');
  });

  it('fails if the second one prints nothing either', async () => {
    const { runs, error } = await deploy('exec sleep 60', { always: true });
    expect(runs).toBe(2);
    expect(error).toMatchObject({
      code: 'deploy-failed',
      exit: 1,
      message: 'docker stack deploy prod was ended 2 times: it printed nothing for 8 s; part of it may be done',
      hints: [expect.stringContaining('`docker version`'), expect.stringContaining('run the same command again')],
    });
  });

  it('is ended though it ignores SIGTERM, and a child of it holds its output', async () => {
    const { runs, ms, error } = await deploy(
      `trap '' TERM; sleep 40 & echo $! >> '${dir}/left'; while :; do sleep 0.2; done`,
    );
    expect([error, runs]).toEqual([undefined, 2]);
    expect(ms).toBeLessThan(20_000);
  });

  it('is ended though a child holds its output when it has ended itself', async () => {
    const { runs, ms, error } = await deploy(`sleep 40 & echo $! >> '${dir}/left'; wait`);
    expect([error, runs]).toEqual([undefined, 2]);
    expect(ms).toBeLessThan(20_000);
  });

  it('is interrupted as any other', async () => {
    const stop = new AbortController();
    const running = deploy('exec sleep 60', { signal: stop.signal });
    await poll('it runs', 60_000, () => (existsSync(join(dir, 'runs')) ? true : undefined));
    stop.abort();
    const { runs, error } = await running;
    expect(error).toMatchObject({ code: 'deploy-interrupted', exit: 130 });
    expect(runs).toBe(1);
  });
});

it('a docker stack deploy that takes longer, line by line, is let be', async () => {
  const { runs, lines, error } = await deploy(
    'for i in 1 2 3 4 5 6 7 8; do echo "Updating service prod_$i"; sleep 0.6; done',
  );
  expect([error, runs]).toEqual([undefined, 1]);
  expect(lines.filter((line) => line.startsWith('Updating'))).toHaveLength(9);
});
