/**
 * The built command behind ssh, and a terminal's Ctrl-C, which goes to the whole process group, and once more through
 * npm.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtEntry, bundle } from '../support/cli.ts';
import { fakeEngine, type Answer, type FakeEngine } from '../unit/engine/fake-engine.ts';

let dir: string;
let fake: FakeEngine;
/** What the engine does when it is asked for the nodes, with the process group of the command. */
let onNodes: (group: number) => ReturnType<Answer>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ssh-interrupt-'));
  fake = await fakeEngine({
    'GET /info': () => ({ json: { Swarm: { LocalNodeState: 'active', ControlAvailable: true, NodeID: 'n' } } }),
    ...Object.fromEntries(
      ['services', 'tasks', 'secrets', 'configs', 'networks'].map((list) => [`GET /${list}`, () => ({ json: [] })]),
    ),
    'GET /volumes': () => ({ json: { Volumes: [] } }),
  });
  onNodes = () => ({ json: [] });
  await bundle(['init', 'keeper', '--stack', 'zookeeper', '--yes', '--set', 'nodes=node1'], { cwd: dir });
});
afterEach(async () => {
  await fake.close();
  await rm(dir, { recursive: true, force: true });
});

/** As a terminal's Ctrl-C does, for a group that may have ended. */
const interrupt = (group: number): void => send(-group, 'SIGINT');

/** To a process, or with a negative number to a group. */
function send(to: number, signal: NodeJS.Signals): void {
  try {
    process.kill(to, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** An `ssh` on the PATH: the first leads to the engine, and what further ones do is told. */
async function ssh(further: string): Promise<void> {
  const dial = `const s=require('net').connect('${fake.socket}');process.stdin.pipe(s);s.pipe(process.stdout);s.on('close',()=>process.exit(0))`;
  const first = `mkdir '${dir}/first' 2>/dev/null || { ${further}; }`;
  await writeFile(join(dir, 'ssh'), `#!/bin/sh\n${first}\nexec '${process.execPath}' -e "${dial}"\n`);
  await chmod(join(dir, 'ssh'), 0o755);
}

/** A `docker` on the PATH that tells its version, and then takes so long to tell the engine's, once it is `asked`. */
async function slowDocker(seconds: number): Promise<void> {
  const version = '[ "$1" = --version ] && { echo Docker version 28.2.2, build x; exit; }';
  await writeFile(join(dir, 'docker'), `#!/bin/sh\n${version}\necho > '${dir}/asked'\nsleep ${seconds}\nexit 1\n`);
  await chmod(join(dir, 'docker'), 0o755);
}

/**
 * Sends signals to the command itself, at these times after its docker CLI was asked. Two that are sent while it has no
 * turn are one to it.
 */
const sendAt = (signals: readonly (readonly [ms: number, signal: NodeJS.Signals])[]) => {
  let sent = false;
  return (group: number): void => {
    if (sent || !existsSync(join(dir, 'asked'))) return;
    sent = true;
    for (const [ms, signal] of signals) setTimeout(() => send(group, signal), ms);
  };
};

/**
 * Runs `bundle deploy --dry-run` in a process group of its own, as a shell does.
 * @param meanwhile called ten times a second while it runs, with its process group
 */
const deploy = (
  meanwhile: (group: number) => void = () => undefined,
  more: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; stderr: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [builtEntry, 'deploy', 'keeper', '--dry-run', '--host', 'ssh://far'], {
      cwd: dir,
      env: { PATH: `${dir}:${process.env['PATH'] ?? ''}`, HOME: dir, ...more },
      detached: true,
    });
    const group = child.pid ?? 0;
    const interrupting = setInterval(() => meanwhile(group), 100);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(interrupting);
      resolve({ code, stderr });
    });
    fake.answer('GET /nodes', () => onNodes(group));
  });

describe('a command behind ssh that a terminal interrupts', () => {
  it('keeps its connection, and is interrupted', async () => {
    await ssh('true');
    onNodes = (group) => {
      interrupt(group);
      return { json: [] };
    };
    const { code, stderr } = await deploy();
    expect(stderr).toContain('bundle: interrupted\n');
    expect(code).toBe(130);
  });

  it('is interrupted too if the signal ends the docker CLI that it asks', async () => {
    await ssh('true');
    // The version alone is told at once; asked for the engine's, the first one has the whole group interrupted.
    const version = '[ "$1" = --version ] && { echo Docker version 28.2.2, build x; exit; }';
    const once = `mkdir '${dir}/asked' 2>/dev/null && kill -INT 0`;
    await writeFile(join(dir, 'docker'), `#!/bin/sh\n${version}\n${once}\nexit 1\n`);
    await chmod(join(dir, 'docker'), 0o755);
    const { code, stderr } = await deploy();
    expect(stderr).toContain('bundle: interrupted\n');
    expect(stderr).not.toContain('docker CLI');
    expect(code).toBe(130);
  });

  it('leaves none that is still logging in if it ends at the second one', async () => {
    const loggingIn = join(dir, 'logging-in');
    const ended = join(dir, 'ended');
    await ssh(`trap 'kill $!; echo > "${ended}"; exit' TERM; echo > '${loggingIn}'; sleep 60 & wait`);
    const { code } = await deploy((group) => existsSync(loggingIn) && interrupt(group));
    expect(code).toBe(130);
    await expect.poll(() => existsSync(ended)).toBe(true);
  });
});

describe('a command that npm started, as npx does', () => {
  it.each(['exec', 'run-script'])(
    'is interrupted once by a signal that npm hands on as well (%s)',
    async (npm_command) => {
      await ssh('true');
      await slowDocker(1);
      const twice = sendAt([
        [0, 'SIGINT'],
        [20, 'SIGINT'],
      ]);
      const { code, stderr } = await deploy(twice, { npm_command });
      expect(stderr).toContain('bundle: interrupted\n');
      expect(code).toBe(130);
    },
  );

  it('gives its account of SIGTERM, too', async () => {
    await ssh('true');
    await slowDocker(1);
    const twice = sendAt([
      [0, 'SIGTERM'],
      [20, 'SIGTERM'],
    ]);
    const { code, stderr } = await deploy(twice, { npm_command: 'exec' });
    expect(stderr).toContain('bundle: interrupted\n');
    expect(code).toBe(143);
  });

  it.each([
    ['a third one', [0, 300, 600]],
    ['a later one', [0, 1300]],
  ])('leaves at %s', async (_what, times) => {
    await ssh('true');
    await slowDocker(8);
    const signals = sendAt(times.map((ms) => [ms, 'SIGINT'] as const));
    const { code, stderr } = await deploy(signals, { npm_command: 'exec' });
    expect(stderr).not.toContain('bundle: interrupted\n');
    expect(code).toBe(130);
  });

  it('leaves at another signal', async () => {
    await ssh('true');
    await slowDocker(8);
    const signals = sendAt([
      [0, 'SIGINT'],
      [20, 'SIGTERM'],
    ]);
    const { code, stderr } = await deploy(signals, { npm_command: 'exec' });
    expect(stderr).not.toContain('bundle: interrupted\n');
    expect(code).toBe(143);
  });
});

it('a command that npm did not start leaves at the second signal', async () => {
  await ssh('true');
  await slowDocker(8);
  const twice = sendAt([
    [0, 'SIGINT'],
    [300, 'SIGINT'],
  ]);
  const { code, stderr } = await deploy(twice);
  expect(stderr).not.toContain('bundle: interrupted\n');
  expect(code).toBe(130);
});
