/** The lab itself: comes up, breaks and mends as asked, and leaves nothing behind. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { run } from '../../scripts/lab/exec.ts';
import { attach, down, type Lab, remainsOf, unsupportedReason, up } from '../../scripts/lab/lab.ts';
import { which } from '../../scripts/lab/packages.ts';
import { netnsPrefix } from '../../scripts/lab/plan.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { processesInNetns, startTimeOf } from '../../scripts/lab/processes.ts';
import { SEED_DRIVER, seedsFit } from '../../scripts/lab/seed.ts';
import { allLabs, clearLabs } from '../../scripts/testing/labs.ts';
import { runPrefix } from '../../scripts/testing/run-id.ts';
import { LANE_IMAGES, labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';
import { takeTurn } from '../support/turn.ts';

const ID = labId('selftest');
const KILLED = labId('killed');
const MOUNTED = labId('mounted');
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = fileURLToPath(new URL('../../scripts/lab/cli.ts', import.meta.url));

const why = unsupportedReason();
if (why !== undefined && process.env['BUNDLE_REQUIRE_LAB'] === '1')
  throw new Error(`the lab is required and cannot run: ${why}`);
if (why !== undefined) process.stderr.write(`\n*** SKIPPED, the lab itself: ${why} ***\n\n`);

await takeTurn();

describe.skipIf(why !== undefined)(`a lab of two hosts${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let lab: Lab;

  beforeAll(async () => {
    await down(ID);
    lab = await up({
      id: ID,
      engine: testEngine(),
      hosts: 2,
      labels: { node2: { colour: 'red' } },
    });
  });
  afterAll(() => down(ID));

  const state = async (name: string): Promise<string> =>
    (await lab.docker('node1', ['node', 'inspect', '--format', '{{.Status.State}}', name])).stdout.trim();
  const untilState = (name: string, wanted: string): Promise<true> =>
    poll(`${name} is ${wanted}`, 180_000, async () => ((await state(name)) === wanted ? true : undefined));

  const untilReached = (name: string): Promise<true> =>
    poll(`${name} is reached`, 120_000, async () => ((await reaches(lab, name)) ? true : undefined));

  it('is a swarm of hosts with differing sizes and labels', async () => {
    const { stdout } = await lab.docker('node1', [
      'node',
      'ls',
      '--format',
      '{{.Hostname}} {{.Status}} {{.ManagerStatus}}',
    ]);
    expect(stdout.trim().split('\n').sort()).toEqual(['node1 Ready Leader', 'node2 Ready']);
    expect(
      (await lab.docker('node1', ['node', 'inspect', '--format', '{{.Spec.Labels.colour}}', 'node2'])).stdout,
    ).toBe('red\n');
    const identities = await Promise.all(
      lab.hosts.map(async (host) =>
        (await lab.docker(host.name, ['info', '--format', '{{.ID}} {{.MemTotal}}'])).stdout.trim(),
      ),
    );
    expect(new Set(identities.map((line) => line.split(' ')[0])).size).toBe(2);
    expect(identities.map((line) => Number(line.split(' ')[1]))).toEqual(lab.hosts.map((host) => host.memoryBytes));
  });

  it('starts engines with the layers of the images that tests run, and with no image', async () => {
    const images = await buildImages(lab, { only: LANE_IMAGES });
    const driver = (await lab.docker('node2', ['info', '--format', '{{.Driver}}'])).stdout.trim();
    // A machine whose disks do not serve has engines that unpack what they pull.
    const seeded = driver === SEED_DRIVER && (await seedsFit());
    expect((await lab.docker('node2', ['images', '--all', '--quiet'])).stdout).toBe('');
    for (const image of Object.values(images)) {
      const { code } = await lab.docker('node2', ['image', 'inspect', image], { check: false });
      expect(code, image).toBe(1);
      const { stdout } = await lab.docker('node2', ['pull', image]);
      const layers = [...stdout.matchAll(/^[0-9a-f]{12}: (Already exists|Pull complete)$/gm)].map(([, how]) => how);
      expect(layers.length, stdout).toBeGreaterThan(1);
      if (seeded) expect(new Set(layers), stdout).toEqual(new Set(['Already exists']));
      await lab.docker('node2', ['image', 'inspect', image]);
    }
    // What is removed on one host stays for others.
    await lab.docker('node2', ['image', 'rm', ...Object.values(images)]);
    expect((await lab.docker('node1', ['pull', images.zookeeper])).stdout.includes('Pull complete')).toBe(!seeded);
    expect((await lab.docker('node2', ['pull', images.zookeeper])).stdout).toContain('Pull complete');
  });

  it('runs an image from its registry on every host, and a command inside a container', async () => {
    const image = await lab.importRootfs(await rootfsWithSleep(), 'sleeper:1', ['ENTRYPOINT ["/bin/sleep"]']);
    expect(image).toBe(`${lab.registry}/sleeper:1`);
    await lab.docker(
      'node1',
      ['service', 'create', '--quiet', '--detach=false', '--name', 'sleeper', '--mode', 'global', image, '1000'],
      { timeoutMs: 240_000 },
    );
    for (const host of lab.hosts) {
      const [container = ''] = (await lab.docker(host.name, ['ps', '--quiet'])).stdout.split('\n');
      await lab.docker(host.name, ['exec', container, '/bin/sleep', '0']);
    }
    expect(await lab.publish('sleeper-of-node1').catch((error: unknown) => String(error))).toContain(
      'sleeper-of-node1',
    );
    await lab.docker('node1', ['tag', image, 'sleeper-of-node1']);
    expect(await lab.publish('sleeper-of-node1', 'a/b:2')).toBe(`${lab.registry}/a/b:2`);
    await lab.docker('node2', ['pull', '--quiet', `${lab.registry}/a/b:2`]);
  });

  it('refuses names and registries outside of it at once', async () => {
    const begun = performance.now();
    const { code, stderr } = await lab.docker('node1', ['pull', 'outside.test/image'], { check: false });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/connection refused/);
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  it('cuts a host off and heals it', async () => {
    await untilReached('node2');
    await lab.cut('node2');
    expect(await reaches(lab, 'node2')).toBe(false);
    await untilState('node2', 'down');
    await lab.heal('node2');
    await untilState('node2', 'ready');
    await untilReached('node2');
  });

  it('kills a host as a power loss does, and starts it again with its disk', async () => {
    await lab.onHost('node2', ['sh', '-c', 'echo kept > /srv/file; echo lost > /run/file']);
    await lab.kill('node2');
    expect(processesInNetns([lab.host('node2').netns])).toEqual([]);
    expect(processesInNetns([lab.host('node1').netns])).not.toEqual([]);
    await expect(lab.onHost('node2', ['true'])).rejects.toThrow('node2 is not running');
    await lab.start('node2');
    expect((await lab.onHost('node2', ['sh', '-c', 'hostname; cat /srv/file'])).stdout).toBe('node2\nkept\n');
    expect((await lab.onHost('node2', ['ls', '/run'])).stdout).not.toContain('file');
    expect(existsSync('/srv/file')).toBe(false);
    await lab.docker('node2', ['image', 'inspect', `${lab.registry}/a/b:2`]);
    await untilState('node2', 'ready');
    await expect(lab.start('node2')).rejects.toThrow('running already');
  });

  it('can be found by another process, and is not there twice', async () => {
    const other = await attach(ID);
    expect(other.hosts).toEqual(lab.hosts);
    expect((await other.exec('switch', ['ip', '-brief', 'addr'])).stdout).toContain(lab.registry.split(':')[0]);
    await expect(up({ id: ID, hosts: 1 })).rejects.toThrow(`lab '${ID}' is up already`);
    expect(await state('node2')).toBe('ready');
  });

  it('goes without a trace', async () => {
    expect(remainsOf(ID)).not.toEqual([]);
    await lab.down();
    expectNothingOf(ID);
    await expect(attach(ID)).rejects.toThrow('bring it up first');
  });
});

describe.skipIf(why !== undefined)('an interrupted up', () => {
  afterAll(() => down(KILLED));

  it.each(['starting 2 engines', 'forming the swarm'])(
    'killed while %s leaves remains that the next up clears away',
    async (phase) => {
      const child = await startUp(phase);
      await end(child, 'SIGKILL');
      expect(remainsOf(KILLED)).not.toEqual([]);
      const lab = await up({ id: KILLED, engine: testEngine(), hosts: 1 });
      expect((await lab.docker('node1', ['node', 'ls', '--quiet'])).stdout).not.toBe('');
      await lab.down();
      expectNothingOf(KILLED);
    },
  );

  it('leaves nothing after Ctrl-C, and ends by that signal', async () => {
    const child = await startUp('starting 2 engines');
    expect(await end(child, 'SIGINT')).toBe('SIGINT');
    expectNothingOf(KILLED);
  });
});

describe.skipIf(why !== undefined)('labs that a test run left behind', () => {
  const ended = `${runPrefix(spawnSync('true').pid, '1')}-x`;
  const live = `${runPrefix(process.pid, startTimeOf(process.pid) ?? '')}-x`;
  afterAll(() => Promise.all([down(ended), down(live)]));

  it('go once its process has ended; those of a run that goes on stay', async () => {
    for (const id of [ended, live]) await up({ id, hosts: 1, swarm: false });
    const before = allLabs();
    expect(before).toEqual(expect.arrayContaining([ended, live]));
    // As a run that names none of its labs so: those of this very run are in use.
    await clearLabs(() => undefined, 'by-hand');
    expectNothingOf(ended);
    expect((await attach(live)).id).toBe(live);
  });
});

describe.skipIf(why !== undefined)('a checkout on a mount of its own, below what a host lays its disk over', () => {
  afterAll(() => down(MOUNTED));

  it('has its engines in there', async () => {
    const checkout = '/mnt/of/its/own';
    // In a mount namespace of its own: nothing of it stays, nor is seen elsewhere.
    const script = [
      'set -e',
      `mount -t tmpfs tmpfs /mnt; mkdir -p ${checkout}; mount --bind '${ROOT}' ${checkout}; cd ${checkout}`,
      `lab() { '${process.execPath}' --import tsx scripts/lab/cli.ts --id ${MOUNTED} "$@"; }`,
      "trap 'lab down' EXIT",
      `lab up --hosts 1 --engine ${testEngine()}`,
      `lab docker node1 version --format 'answers: {{.Server.Version}}'`,
    ].join('\n');
    const { stdout } = await run(['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script]);
    expect(stdout).toContain('node1  running');
    expect(stdout).toMatch(/^answers: \d+\./m);
    expectNothingOf(MOUNTED);
  });
});

describe.skipIf(why !== undefined)('a lab of somebody else', () => {
  // Named by hand: what a run of npm test calls its labs, chaos would clear away.
  const run = 'byhand';
  const [bench, chaos] = [`${run}-bench`, `${run}-chaos`];
  let temporary: string;
  beforeAll(async () => {
    temporary = mkdtempSync(path.join(tmpdir(), 'lab-others-'));
    for (const id of [bench, chaos]) await up({ id, engine: testEngine(), hosts: 1, swarm: false });
  });
  afterAll(async () => {
    await Promise.all([down(bench), down(chaos)]);
    rmSync(temporary, { recursive: true, force: true });
  });

  const script = (...args: string[]): ChildProcess =>
    spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: ROOT,
      env: { ...process.env, BUNDLE_TEST_LAB: run, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  it.each([
    ['bench', bench, ['scripts/bench.ts', 'verify']],
    ['chaos', chaos, ['scripts/chaos.ts', '--kills', '0', '--engine', testEngine()]],
  ])('is not taken down by a %s that finds it up, and nothing of that one stays', async (_name, id, args) => {
    const child = script(...args);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(said).toContain(`lab '${id}' is up already`);
    expect(code).toBe(1);
    expect((await attach(id)).id).toBe(id);
    expect(readdirSync(temporary).filter((name) => name.startsWith('bundle-'))).toEqual([]);
  });

  it('is not taken down by Ctrl-C in a bench', async () => {
    const child = script('scripts/bench.ts', 'start');
    const ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect((await attach(bench)).id).toBe(bench);
    expect(readdirSync(temporary).filter((name) => name.startsWith('bundle-'))).toEqual([]);
  });
});

/** An `up` in another process, once it has said that it is in that phase. */
async function startUp(phase: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', CLI, '--id', KILLED, 'up', '--hosts', '2', '--engine', testEngine()],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await poll('up begins', 180_000, () => {
    if (child.exitCode !== null) throw new Error(`up ended with ${child.exitCode}: ${said}`);
    return said.includes(phase) ? true : undefined;
  });
  return child;
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<NodeJS.Signals | null> {
  return new Promise((resolve) => {
    child.once('exit', (_code, by) => resolve(by));
    child.kill(signal);
  });
}

function expectNothingOf(id: string): void {
  expect(remainsOf(id)).toEqual([]);
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(`swarm-lab-${id}/`);
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(netnsPrefix(id));
}

/** Does a host's port for gossip (7946, open on every swarm node) take connections from the switch? */
async function reaches(lab: Lab, host: string): Promise<boolean> {
  const connect =
    "require('net').connect(7946, process.argv[1]).setTimeout(5000, () => process.exit(1)).on('error', () => " +
    "process.exit(1)).on('connect', () => process.exit(0))";
  return (
    (await lab.exec('switch', [process.execPath, '-e', connect, lab.host(host).address], { check: false })).code === 0
  );
}

/** A root file system of one program and the libraries it needs, as a tar archive. */
async function rootfsWithSleep(): Promise<Buffer> {
  const dir = mkdtempSync(path.join(tmpdir(), 'lab-rootfs-'));
  try {
    const sleep = which('sleep') ?? '/bin/sleep';
    const { stdout } = await run(['ldd', sleep]);
    for (const [file, target] of [
      [sleep, '/bin/sleep'],
      ...(stdout.match(/\/\S+/g) ?? []).map((library) => [library, library]),
    ] as [string, string][]) {
      mkdirSync(path.join(dir, path.dirname(target)), { recursive: true });
      copyFileSync(file, path.join(dir, target));
    }
    const archive = path.join(dir, 'rootfs.tar');
    await run(['tar', '--create', '--file', archive, '--exclude', './rootfs.tar', '--directory', dir, '.']);
    return readFileSync(archive);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
