import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { tail } from '../../scripts/lab/daemon.ts';
import { attach, down, type Lab, unsupportedReason, up, type UpOptions } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { netnsFile } from '../../scripts/lab/processes.ts';
import { bundle, type CliResult } from '../support/cli.ts';
import { sayTo } from '../support/host-programs.ts';
import { labId } from '../support/lab-id.ts';
import { takeTurn } from '../support/turn.ts';

const ID = labId('upgrade');
const STACK = 'keeper';
const OLD = '20.10';
const NEW = '28';
const why = unsupportedReason();
if (why !== undefined && process.env['BUNDLE_REQUIRE_LAB'] === '1')
  throw new Error(`the lab is required and cannot run: ${why}`);
if (why !== undefined) process.stderr.write(`SKIPPED test/swarm/upgrade.test.ts: ${why}\n`);

/** A ZooKeeper of one server on each host of a lab, deployed by the built bundle. */
class Keeper {
  readonly lab: Lab;
  readonly #dir: string;

  private constructor(lab: Lab, dir: string) {
    this.lab = lab;
    this.#dir = dir;
  }

  static async make(options: UpOptions): Promise<Keeper> {
    await down(ID);
    const lab = await up({ id: ID, ...options });
    const image = (await buildImages(lab, { only: ['zookeeper'] })).zookeeper;
    const keeper = new Keeper(lab, await mkdtemp(join(tmpdir(), 'bundle-upgrade-')));
    const nodes = lab.hosts.map((host) => host.name);
    const answers = {
      image,
      servers: String(nodes.length),
      nodes: `[${nodes.join(',')}]`,
      heapMb: '96',
      'reserve.cpus': '"0.01"',
      'reserve.memory': '32M',
      'client.publish': 'true',
    };
    await keeper.succeed(
      'init',
      STACK,
      '--stack',
      'zookeeper',
      '--yes',
      '--no-prepare',
      ...Object.entries(answers).flatMap(([path, value]) => ['--set', `${path}=${value}`]),
    );
    await keeper.succeed('deploy', STACK, '--yes');
    return keeper;
  }

  /** Through which host commands go. */
  host = 'node1';

  async succeed(...args: string[]): Promise<CliResult> {
    const result = await bundle(args, {
      cwd: this.#dir,
      env: this.lab.env(this.host),
      netns: netnsFile(this.lab.switchNetns),
    });
    expect(result.code, result.all).toBe(0);
    return result;
  }

  /**
   * Waits until all nodes are ready, all managers reachable, and all servers answer with the role of a whole ensemble.
   */
  async whole(): Promise<void> {
    const roles = this.lab.hosts.length === 1 ? 'standalone' : 'follower,follower,leader';
    let seen = '';
    await poll(
      `nodes and servers are whole after an engine's start`,
      240_000,
      async () => {
        const { stdout } = await this.lab.docker(
          'node1',
          ['node', 'ls', '--format', '{{.Status}} {{.ManagerStatus}}'],
          { check: false },
        );
        const ready = stdout.split('\n').filter((line) => /^Ready (Leader|Reachable)$/.test(line)).length;
        const said = await Promise.all(this.lab.hosts.map((host) => sayTo(this.lab, host.address, 2181, 'srvr\n')));
        const modes = said
          .map((text) => /^Mode: (\w+)/m.exec(text)?.[1] ?? 'none')
          .sort()
          .join();
        seen = `${stdout}${modes}`;
        return ready === this.lab.hosts.length && modes === roles ? true : undefined;
      },
      () => [seen, ...this.lab.hosts.map(({ name }) => tail(join(this.lab.dir, name, 'engine.log'), 8))].join('\n'),
    );
  }

  /** Nothing is to be changed, and everything that is expected of the running tasks holds. */
  async unchangedAndVerified(): Promise<void> {
    await this.succeed('plan', STACK, '--detailed-exitcode');
    const { stdout } = await this.succeed('verify', STACK, '--json');
    const { verdict, results } = JSON.parse(stdout) as {
      verdict: string;
      results: { service: string; check: string; status: string }[];
    };
    expect(verdict).toBe('passed');
    const running = results
      .filter(({ check, status }) => check === 'running' && status === 'passed')
      .map(({ service }) => service);
    expect(running).toHaveLength(this.lab.hosts.length);
  }

  versions(): Promise<string[]> {
    return Promise.all(
      this.lab.hosts.map(async ({ name }) =>
        (await this.lab.docker(name, ['version', '--format', '{{.Server.Version}}'])).stdout.trim().replace(/\+.*/, ''),
      ),
    );
  }

  async remove(): Promise<void> {
    await down(ID);
    await rm(this.#dir, { recursive: true, force: true });
  }
}

await takeTurn();

describe.skipIf(why !== undefined)(`a cluster on Engine ${OLD} whose engines are upgraded in place to ${NEW}`, () => {
  let keeper: Keeper;
  beforeAll(async () => {
    keeper = await Keeper.make({ engine: OLD, hosts: 3, heartbeatSeconds: 2 });
  });
  afterAll(() => keeper.remove());

  it('runs, and is verified, on the old one', async () => {
    expect(new Set(await keeper.versions())).toEqual(new Set([keeper.lab.engine('node1').version]));
    await keeper.unchangedAndVerified();
  });

  it.each(['node3', 'node2', 'node1'])('has no change planned with %s upgraded', async (host) => {
    const before = keeper.lab.engine(host).version;
    await keeper.lab.upgrade(host, NEW);
    await keeper.whole();
    const after = await keeper.versions();
    expect(after[keeper.lab.hosts.findIndex(({ name }) => name === host)]).toBe(keeper.lab.engine(host).version);
    expect(keeper.lab.engine(host).version).not.toBe(before);
    await keeper.succeed('plan', STACK, '--detailed-exitcode');
  });

  it('is verified on the new one, which a process that comes later starts as well', async () => {
    const other = await attach(ID);
    expect(other.hosts.map(({ engine }) => engine)).toEqual([NEW, NEW, NEW]);
    await other.kill('node2');
    await other.start('node2');
    await keeper.whole();
    // After an engine was killed the other managers may get no logs of its node for minutes; it reads its own ones.
    keeper.host = 'node2';
    expect(new Set(await keeper.versions())).toEqual(new Set([other.engine('node2').version]));
    await keeper.unchangedAndVerified();
  });
});

describe.skipIf(why !== undefined)(`a cluster on the containerd image store of Engine ${NEW}`, () => {
  let keeper: Keeper;
  beforeAll(async () => {
    keeper = await Keeper.make({ engine: NEW, hosts: 1, imageStore: 'containerd' });
  });
  afterAll(() => keeper.remove());

  it('is deployed and verified, and nothing is planned after it', async () => {
    const { stdout } = await keeper.lab.docker('node1', ['info', '--format', '{{json .DriverStatus}}']);
    expect(stdout).toContain('io.containerd.snapshotter.v1');
    await keeper.unchangedAndVerified();
  });

  it('is refused to an engine that has none', async () => {
    await expect(up({ id: labId('store'), engine: OLD, hosts: 1, imageStore: 'containerd' })).rejects.toThrow(
      /node1: Engine 20\.10\.\d+ has no containerd image store/,
    );
  });
});
