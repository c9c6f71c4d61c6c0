import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerCli } from '../../scripts/lab/docker-cli.ts';
import manifest from '../../package.json' with { type: 'json' };

const program = fileURLToPath(new URL('../../scripts/bundle.cjs', import.meta.url));

describe('docker bundle, run by a real docker CLI', () => {
  let home: string;
  let docker: string;
  /** An engine that takes a connection and never answers. */
  let silent: Server;
  let asked: () => void = () => undefined;
  const host = () => `unix://${join(home, 'silent.sock')}`;

  beforeAll(async () => {
    docker = await dockerCli(0, () => undefined);
    home = await mkdtemp(join(tmpdir(), 'bundle-plugin-'));
    await mkdir(join(home, '.docker/cli-plugins'), { recursive: true });
    await symlink(program, join(home, '.docker/cli-plugins/docker-bundle'));
    silent = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => asked());
    });
    await new Promise<void>((resolve) => silent.listen(join(home, 'silent.sock'), resolve));
    await call(['bundle', 'init', 'keeper', '--stack', 'zookeeper', '--yes', '--set', 'nodes=node1']);
  });
  afterAll(async () => {
    silent.close();
    await rm(home, { recursive: true, force: true });
  });

  /** Runs the docker CLI in a process group of its own. @param interrupt who gets a SIGINT once the engine is asked */
  const call = (args: string[], interrupt?: 'docker' | 'group') =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
      const env = { PATH: process.env['PATH'], HOME: home, DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
      const child = spawn(docker, args, { cwd: home, env, detached: true });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdin.end();
      if (interrupt) asked = () => process.kill(interrupt === 'group' ? -(child.pid ?? 0) : (child.pid ?? 0), 'SIGINT');
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });

  it('is a plugin that the docker CLI lists', async () => {
    expect(await call(['bundle', '--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
    expect((await call(['--help'])).stdout).toMatch(/^ +bundle\* +Secured, verified stacks on Docker Swarm$/m);
  });

  it('passes words, options and exit codes on, and prints its commands as they must be typed', async () => {
    const { code, stderr } = await call(['bundle', 'plan', '--nonsense']);
    expect(stderr).toContain('`docker bundle plan --help`');
    expect(code).toBe(2);
  });

  it('completes words where docker asks it to, in the form that docker’s scripts read', async () => {
    const commands = (await call(['__complete', 'bundle', 'de'])).stdout.split('\n');
    expect(commands.map((line) => line.split('\t')[0])).toEqual(['deploy', 'destroy', ':4', '']);
    expect((await call(['__complete', 'bundle', 'deploy', ''])).stdout).toBe('keeper\n:4\n');
    // One that goes on: no space behind it.
    expect((await call(['__complete', 'bundle', 'init', '.docker'])).stdout).toBe('.docker/\n:6\n');
  });

  it('takes the engine that docker’s own flag names, and refuses what it cannot honour', async () => {
    const named = await call(['--host', 'unix:///nonexistent/other.sock', 'bundle', 'status', 'keeper']);
    expect(named.stderr).toContain('unix:///nonexistent/other.sock');
    expect(named.code).toBe(3);
    const refused = await call(['--debug', 'bundle', 'status', 'keeper']);
    expect(refused.stderr).toContain('the docker CLI’s --debug cannot be honoured');
    expect(refused.code).toBe(2);
  });

  it.each(['docker', 'group'] as const)('ends with 130 if %s is interrupted', async (who) => {
    const { code, stderr } = await call(['--host', host(), 'bundle', 'plan', 'keeper'], who);
    expect(stderr).toContain('interrupted');
    expect(code).toBe(130);
  });
});
