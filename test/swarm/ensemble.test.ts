import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { patientLab } from '../../scripts/lab/asked-again.ts';
import { down, type Lab, unsupportedReason, up } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { netnsFile } from '../../scripts/lab/processes.ts';
import { resolveEngine } from '../../src/engine/address.ts';
import { connect } from '../../src/engine/docker.ts';
import type { Engine, SwarmTask } from '../../src/engine/port.ts';
import { bundle, type CliResult } from '../support/cli.ts';
import { startWriter, type Written } from '../support/zookeeper-writer.ts';
import { sayTo } from '../support/host-programs.ts';
import { labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';
import { takeTurn } from '../support/turn.ts';

const ID = labId('ensemble');
const why = unsupportedReason();
if (why !== undefined && process.env['BUNDLE_REQUIRE_LAB'] === '1')
  throw new Error(`the lab is required and cannot run: ${why}`);
if (why !== undefined) process.stderr.write(`SKIPPED test/swarm/ensemble.test.ts: ${why}\n`);

/**
 * What clients of ZooKeeper commonly ask for (Druid 30 s, Kafka 18 s) is more. A gap below it goes unnoticed by an
 * application.
 */
const SESSION_MS = 10_000;
/**
 * A follower's restart costs a reconnect, the leader's an election: seconds, far below the session, and below the
 * restart of a server.
 */
const ROLL_GAP_MS = 5_000;
/**
 * A host without power says no farewell: followers give up their leader after syncLimit (5 ticks of 2 s), clients a
 * write after a third of the session.
 */
const LOSS_GAP_MS = 20_000;
const NODES = ['node1', 'node2', 'node3'];
const MEMBERS = ['zookeeper-1', 'zookeeper-2', 'zookeeper-3'];

await takeTurn();

describe.skipIf(why !== undefined)('an ensemble of three real ZooKeeper servers on three hosts', () => {
  let lab: Lab;
  let engine: Engine;
  let image: string;
  let dir: string;
  /** Through which host commands go. */
  let host = 'node1';

  const run = (...args: string[]): Promise<CliResult> =>
    bundle(args, { cwd: dir, env: lab.env(host), netns: netnsFile(lab.switchNetns) });
  async function succeed(...args: string[]): Promise<CliResult> {
    const result = await run(...args);
    expect(result.code, result.all).toBe(0);
    return result;
  }
  const init = (name: string, answers: Record<string, string>): Promise<CliResult> => {
    const all = {
      image,
      heapMb: '96',
      'reserve.cpus': '"0.01"',
      'reserve.memory': '32M',
      'client.publish': 'true',
      ...answers,
    };
    return succeed(
      'init',
      name,
      '--stack',
      'zookeeper',
      '--yes',
      '--no-prepare',
      ...Object.entries(all).flatMap(([path, value]) => ['--set', `${path}=${value}`]),
    );
  };
  /** A changed answer, rendered. */
  const answer = (name: string, ...answers: string[]): Promise<CliResult> =>
    succeed('init', name, '--yes', '--no-prepare', ...answers.flatMap((each) => ['--set', each]));
  const deploy = (name: string): Promise<CliResult> => succeed('deploy', name, '--yes');

  /** What each server says it is. */
  async function modes(port = 2181): Promise<Record<string, string>> {
    const said = await Promise.all(lab.hosts.map((one) => sayTo(lab, one.address, port, 'srvr\n')));
    return Object.fromEntries(
      said.map((text, index) => [MEMBERS[index] ?? '', /^Mode: (\w+)/m.exec(text)?.[1] ?? 'none']),
    );
  }
  const leader = async (): Promise<string> =>
    Object.entries(await modes()).find(([, mode]) => mode === 'leader')?.[0] ?? '';
  const inSync = async (port?: number): Promise<boolean> =>
    Object.values(await modes(port))
      .sort()
      .join() === 'follower,follower,leader';

  /** The newest task of every member. */
  async function tasks(stack: string): Promise<Record<string, SwarmTask>> {
    const services = await engine.services({ stack });
    const all = await engine.tasks({ stack });
    return Object.fromEntries(
      services.map(({ id, name }) => [
        name.slice(stack.length + 1),
        all.find((task) => task.serviceId === id) as SwarmTask,
      ]),
    );
  }

  const report = (what: string, { writes, seconds, longestGapMs, servers }: Written): void => {
    process.stderr.write(
      `ensemble: ${what}: ${writes} writes in ${seconds.toFixed(1)} s, longest gap ${longestGapMs} ms, ` +
        `${servers.length - 1} moves of the session\n`,
    );
  };

  beforeAll(async () => {
    await down(ID);
    dir = await mkdtemp(join(tmpdir(), 'bundle-ensemble-'));
    lab = patientLab(await up({ id: ID, engine: testEngine(), hosts: 3 }));
    ({ zookeeper: image } = await buildImages(lab, { only: ['zookeeper'] }));
    engine = await connect(
      await resolveEngine({ host: lab.host('node1').socket, env: { ...process.env, ...lab.env('node1') } }),
    );
    await init('zk', { nodes: `[${NODES.join(', ')}]` });
    await deploy('zk');
  });
  afterAll(async () => {
    await engine?.close();
    await down(ID);
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  it('is updated one member at a time, the leader last, while a client writes on', async () => {
    await poll('all three are in sync', 180_000, async () => ((await inSync()) ? true : undefined));
    const last = await leader();
    // As a killed run leaves it.
    const left = {
      name: 'left-over',
      labels: { 'bundle.stack': 'zk', 'bundle.kind': 'ensemble-probe' },
      image,
      command: ['sh', '-c', 'exit 0'],
      networks: [],
      constraints: [],
      secrets: [],
    };
    await engine.createJob(left);
    expect((await engine.jobs({ stack: 'zk' })).map(({ name }) => name)).toEqual(['left-over']);
    expect((await run('plan', 'zk', '--detailed-exitcode')).code).toBe(0);

    const before = await tasks('zk');
    const writer = await startWriter(lab, '/roll', { port: 2181, sessionMs: SESSION_MS });
    await answer('zk', 'heapMb=97');
    const { stderr } = await deploy('zk');
    const written = await writer.stop();
    report('rolling update', written);

    expect(written.longestGapMs).toBeLessThan(ROLL_GAP_MS);
    expect(written.last - written.first).toBe(written.writes);
    const order = [...stderr.matchAll(/^· update (\S+)$/gm)].map((match) => match[1]);
    expect([...order].sort()).toEqual(MEMBERS);
    expect(order.at(-1)).toBe(last);
    // In the swarm's own times: the next member's task was made when the one before had been running for the window of
    // convergence.
    const after = await tasks('zk');
    const moments = order.map((name) => after[name ?? ''] as SwarmTask);
    for (const [index, task] of moments.entries()) {
      expect(task.id).not.toBe(before[order[index] ?? '']?.id);
      const next = moments[index + 1];
      if (next !== undefined) expect(Date.parse(next.createdAt) - Date.parse(task.stateAt)).toBeGreaterThan(5_000);
    }
    expect(await inSync()).toBe(true);
    expect(await engine.jobs({ stack: 'zk' })).toEqual([]);
    expect((await run('plan', 'zk', '--detailed-exitcode')).code).toBe(0);
  });

  it('has a member that was stopped come up first, without which no other may go down', async () => {
    await lab.docker('node1', ['service', 'scale', '--detach=false', 'zk_zookeeper-2=0']);
    await answer('zk', 'heapMb=99');
    const { stderr } = await deploy('zk');
    expect(stderr).toContain('not well, and therefore first: zookeeper-2');
    expect([...stderr.matchAll(/^· update (\S+)$/gm)].map((match) => match[1])[0]).toBe('zookeeper-2');
    expect(await inSync()).toBe(true);
    expect((await run('plan', 'zk', '--detailed-exitcode')).code).toBe(0);
  });

  it('loses its quorum where `docker stack deploy` updates all at once: what the order is for', async () => {
    const writer = await startWriter(lab, '/at-once', { port: 2181, sessionMs: SESSION_MS });
    await answer('zk', 'heapMb=98');
    await lab.docker('node1', ['stack', 'deploy', '--with-registry-auth', '-c', join(dir, 'zk', 'stack.yml'), 'zk']);
    await poll('all three have restarted and found each other', 300_000, async () => {
      const now = Object.values(await tasks('zk'));
      const heaps = now.map(
        (task) => JSON.stringify(task.spec).includes('ZK_SERVER_HEAP=98') && task.state === 'running',
      );
      return heaps.every(Boolean) && (await inSync()) ? true : undefined;
    });
    const written = await writer.stop();
    report('all at once', written);
    expect(written.longestGapMs).toBeGreaterThan(ROLL_GAP_MS);
  });

  it('stops at the first member that does not come right, leaves the quorum alone, and goes on from there', async () => {
    const before = await tasks('zk');
    const last = await leader();
    const writer = await startWriter(lab, '/bad-image', { port: 2181, sessionMs: SESSION_MS });
    await answer('zk', `image=${image.replace(/:[^:]*$/, ':none')}`);
    // The preflight check would stop it: the registry has no such tag.
    const failed = await run('deploy', 'zk', '--yes', '--ignore', 'images');
    expect(failed.code, failed.all).toBe(4);
    const first = /updated, not proved: (\S+)/.exec(failed.stderr)?.[1] ?? '';
    const others = MEMBERS.filter((name) => name !== first);
    expect(failed.stderr).toContain('stopped after 0 of 3 members');
    expect(failed.stderr).toMatch(new RegExp(`not touched: ${others.join(', ')}`));
    expect(first).not.toBe(last);
    const after = await tasks('zk');
    for (const name of others) expect(after[name]).toMatchObject({ id: before[name]?.id, state: 'running' });

    await answer('zk', `image=${image}`);
    const { stderr } = await deploy('zk');
    const written = await writer.stop();
    report('a bad image, and the repair', written);
    expect(written.longestGapMs).toBeLessThan(ROLL_GAP_MS);
    expect(stderr).toContain(`not well, and therefore first: ${first}`);
    expect([...stderr.matchAll(/^· update (\S+)$/gm)].map((match) => match[1])).toEqual([first]);
    expect(await inSync()).toBe(true);
  });

  it('grows from one server to three and keeps its data; shrinking is refused', async () => {
    await init('grow', { nodes: '[node1]', servers: '1', 'client.port': '2191' });
    await deploy('grow');
    const alone = await (await startWriter(lab, '/grow', { port: 2191, sessionMs: SESSION_MS })).stop();
    await answer('grow', 'servers=3', `nodes=[${NODES.join(', ')}]`);
    const { stderr } = await deploy('grow');
    expect([...stderr.matchAll(/^· (?:create|update) (.+)$/gm)].map((match) => match[1])).toEqual(MEMBERS);
    expect(await inSync(2191)).toBe(true);
    const grown = await (await startWriter(lab, '/grow', { port: 2191, sessionMs: SESSION_MS })).stop();
    expect(grown.first).toBe(alone.last);

    await answer('grow', 'servers=1', 'nodes=[node1]');
    const refused = await run('deploy', 'grow', '--yes');
    expect(refused.code, refused.all).toBe(3);
    expect(refused.stderr).toContain('would shrink from 3 to 1');
    expect(await inSync(2191)).toBe(true);
  });

  it('is destroyed together with a job that a killed run left on its network', async () => {
    const [network] = (await engine.networks({ stack: 'grow' })).map(({ id }) => id);
    await engine.createJob({
      name: 'left-over',
      labels: { 'bundle.stack': 'grow', 'bundle.kind': 'ensemble-probe' },
      image,
      command: ['sleep', '600'],
      networks: [network ?? ''],
      constraints: [],
      secrets: [],
    });
    await succeed('destroy', 'grow', '--yes');
    expect(await engine.jobs({ stack: 'grow' })).toEqual([]);
    expect(await engine.networks({ stack: 'grow' })).toEqual([]);
  });

  it('is not made of a server that finds its data of before, and others that find none', async () => {
    await answer('grow', 'servers=3', `nodes=[${NODES.join(', ')}]`);
    const kept = async (): Promise<{ level: string; findings: { text: string }[] }> => {
      const { checks } = JSON.parse((await run('check', 'grow', '--json')).stdout) as {
        checks: { name: string; level: string; findings: { text: string }[] }[];
      };
      const found = checks.find(({ name }) => name === 'kept-data');
      if (found === undefined) throw new Error('there is no such check');
      return found;
    };
    expect(await kept(), 'all have their data').toMatchObject({ level: 'ok' });
    for (const [index, name] of ['node2', 'node3'].entries())
      await poll('no container of the check has it any more', 180_000, async () => {
        const removed = await lab.docker(name, ['volume', 'rm', `grow_zookeeper-${index + 2}-data`], { check: false });
        return removed.code === 0 ? true : undefined;
      });
    const refused = await run('deploy', 'grow', '--yes');
    expect(refused.code, refused.all).toBe(3);
    const [found] = (await kept()).findings;
    expect(found?.text).toMatch(
      /^ZooKeeper: zookeeper-1 \(node1\) finds data .*zookeeper-2 \(node2\), zookeeper-3 \(node3\) find none/,
    );
    expect(await engine.services({ stack: 'grow' })).toEqual([]);
    expect(await engine.jobs({ stack: 'grow' })).toEqual([]);
  });

  it('survives the loss of one of three hosts, the leader’s, and is whole again when it is back', async () => {
    const lost = NODES[MEMBERS.indexOf(await leader())] ?? '';
    host = NODES.find((name) => name !== lost) ?? '';
    const writer = await startWriter(lab, '/loss', { port: 2181, sessionMs: SESSION_MS });
    await lab.kill(lost);
    await poll('another leader', 180_000, async () =>
      Object.values(await modes())
        .sort()
        .join() === 'follower,leader,none'
        ? true
        : undefined,
    );
    const written = await writer.stop();
    report('loss of the leader’s host', written);
    expect(written.longestGapMs).toBeLessThan(LOSS_GAP_MS);
    await lab.start(lost);
    await poll('all three are in sync', 300_000, async () => ((await inSync()) ? true : undefined));
  });
});
