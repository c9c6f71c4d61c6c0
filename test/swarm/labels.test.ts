import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import { bundle, type CliResult } from '../support/cli.ts';
import { Cluster, unsupported } from '../support/cluster.ts';

const KEY = (role: string): string => `bundle.labels.${role}`;
/** Of an outside store. */
const passwordFile = join(mkdtempSync(join(tmpdir(), 'bundle-labels-')), 'password');
writeFileSync(passwordFile, 'of-the-outside-store\n');
/** Swarm rejects a task whose label went within a second; new tasks start after 5 s. */
const LOOK_MS = 7_000;

/** Node labels of a cluster that runs: what `init` and `prepare` leave alone, and what `deploy` does in one run. */
describe.skipIf(unsupported !== undefined)('node labels', () => {
  let cluster: Cluster;
  let copies = 0;

  beforeAll(async () => {
    cluster = await Cluster.make('labels');
    const made = await cluster.init(
      'node1',
      {
        'agents.data.replicas': '2',
        'agents.data.nodes': '[node2,node3]',
        'agents.data.gracePeriod': '5s',
        'deepStorage.type': 's3',
        'deepStorage.path': 's3://bucket/prefix',
      },
      [],
    );
    expect(made.code, made.all).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes', '--no-verify']);
    expect(deployed.code, deployed.all).toBe(0);
  });
  afterAll(async () => {
    await cluster.remove();
    rmSync(dirname(passwordFile), { recursive: true });
  });

  /** Another checkout of the bundle. */
  async function checkout(): Promise<(args: string[]) => Promise<CliResult>> {
    const dir = join(cluster.parent, `checkout-${++copies}`);
    await cp(cluster.dir, dir, { recursive: true });
    return ([command = '', ...rest]) =>
      bundle([command, dir, ...rest], { cwd: cluster.parent, netns: cluster.netns, env: cluster.lab.env('node1') });
  }

  /** Every task that is meant to run, with its node. */
  async function running(): Promise<string[]> {
    const services = (
      await cluster.docker(['service', 'ls', '-q', '-f', 'label=com.docker.stack.namespace=labels'])
    ).stdout
      .split('\n')
      .filter(Boolean);
    const { stdout } = await cluster.docker([
      'service',
      'ps',
      ...services,
      '-f',
      'desired-state=running',
      '-f',
      'desired-state=ready',
      '--no-trunc',
      '--format',
      '{{.ID}} {{.Name}} {{.Node}}',
    ]);
    return stdout.split('\n').filter(Boolean).sort();
  }

  async function bearers(key: string): Promise<string[]> {
    return (await cluster.docker(['node', 'ls', '--format', '{{.Hostname}}', '-f', `node.label=${key}=true`])).stdout
      .split('\n')
      .filter(Boolean)
      .sort();
  }

  async function staysAsItIs(before: string[]): Promise<void> {
    const until = performance.now() + LOOK_MS;
    do expect(await running()).toEqual(before);
    while (performance.now() < until);
  }

  const AGENTS = ['master', 'query', 'data'];
  it.each([
    [
      'an agent less',
      ['agents.data.replicas=1', 'agents.data.nodes=node2'],
      [],
      0,
      ['docker service rm labels_imply-data-2', `docker node update --label-rm ${KEY('data-2')} node3`],
    ],
    [
      'an agent more, and one that moves',
      ['agents.data.replicas=3', 'agents.data.nodes=[node2,node4,node1]'],
      ['placement-move'],
      0,
      ['the old task of imply-data-2 must have ended on its node before the new one starts on another'],
    ],
    ['all agents elsewhere', AGENTS.slice(0, 2).map((role) => `agents.${role}.nodes=node4`), [], 3, []],
    [
      'all agents elsewhere, in spite of the check',
      AGENTS.slice(0, 2).map((role) => `agents.${role}.nodes=node4`),
      ['placement-move'],
      0,
      [
        'the old task of imply-master-1, imply-query-1 must have ended on its node before the new one starts on another',
      ],
    ],
    [
      'no store and ZooKeeper of its own',
      [
        'store.host=node4',
        'store.embedded=false',
        'store.user=imply',
        `secretFiles.storePassword=${passwordFile}`,
        'zookeeper.embedded=false',
        'zookeeper.hosts=[node4:2181]',
      ],
      ['externals', 'left-data'],
      0,
      [expect.stringMatching(/^imply-manager may take up to 2 min to stop, /)],
    ],
  ])('of a running cluster are not touched by init and prepare: %s', async (_what, sets, ignored, exit, commands) => {
    const before = await running();
    expect(before).toHaveLength(7);
    const run = await checkout();
    const written = await run([
      'init',
      '--yes',
      ...(ignored.length > 0 || exit !== 0 ? ['--no-prepare'] : []),
      ...sets.flatMap((set) => ['--set', set]),
    ]);
    expect(written.code, written.all).toBe(0);
    const prepared = await run(['prepare', '--yes', '--json', ...ignored.flatMap((name) => ['--ignore', name])]);
    expect(prepared.code, prepared.all).toBe(exit);
    // A check that fails prints its error document.
    const { next, reasons } = exit === 0 ? JSON.parse(prepared.stdout) : { next: [], reasons: [] };
    expect([...next, ...reasons]).toEqual(expect.arrayContaining(commands));
    await staysAsItIs(before);
    expect(await bearers(KEY('data-1'))).toEqual(['node2']);
    expect(await bearers(KEY('data-2'))).toEqual(['node3']);
  });

  it('that are strays are told, with the command that takes them off, and deploy does', async () => {
    const before = await running();
    await cluster.docker(['node', 'update', '--label-add', `${KEY('data-1')}=true`, 'node4']);
    const checked = await cluster.run(['check']);
    expect(checked.code, checked.all).toBe(0);
    expect(checked.stdout).toContain(
      `node4 bears the label ${KEY('data-1')} too: imply-data-1 might start there on an empty volume; its ` +
        'volume is on node2',
    );
    expect(checked.stdout).toContain(`docker node update --label-rm ${KEY('data-1')} node4`);
    const plan = await cluster.run(['plan']);
    expect(plan.stdout).toContain(
      `- node label ${KEY('data-1')} on node4: a stray label: bundle.yaml has the role on node2`,
    );
    expect(await cluster.run(['prepare', '--yes'])).toMatchObject({ code: 0 });
    expect(await bearers(KEY('data-1'))).toEqual(['node2', 'node4']);
    const deployed = await cluster.run(['deploy', '--yes', '--no-verify']);
    expect(deployed.code, deployed.all).toBe(0);
    expect(await bearers(KEY('data-1'))).toEqual(['node2']);
    await staysAsItIs(before);
  });

  it('that go astray are gone before the service is updated: its new task stays with its volume', async () => {
    await cluster.docker(['node', 'update', '--label-add', `${KEY('data-1')}=true`, 'node4']);
    expect(
      (
        await cluster.run([
          'init',
          '--yes',
          '--no-prepare',
          '--set',
          'agents.data.gracePeriod=6s',
          '--set',
          'agents.data.limit.memory=900M',
        ])
      ).code,
    ).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes', '--no-verify']);
    expect(deployed.code, deployed.all).toBe(0);
    const { stdout } = await cluster.docker(['service', 'ps', 'labels_imply-data-1', '--format', '{{.Node}}']);
    expect(new Set(stdout.split('\n').filter(Boolean))).toEqual(new Set(['node2']));
  });

  it('of a member whose new node has it already, as half-way by hand: it is stopped before it starts there', async () => {
    for (const [from, to] of [
      ['node2', 'node4'],
      ['node4', 'node2'],
    ] as const) {
      const nodes = `agents.data.nodes=[${to},node3]`;
      expect((await cluster.run(['init', '--yes', '--no-prepare', '--set', nodes])).code).toBe(0);
      await cluster.docker(['node', 'update', '--label-add', `${KEY('data-1')}=true`, to]);
      const deployed = await cluster.run(['deploy', '--yes', '--no-verify', '--ignore', 'placement-move']);
      expect(deployed.code, deployed.all).toBe(0);
      expect(deployed.stderr).toContain(`node: ${from} → ${to} (it ends there before it starts here)`);
      const tasks = await cluster.docker(['service', 'ps', 'labels_imply-data-1', '--format', '{{.Node}} {{.Error}}']);
      expect(tasks.stdout).not.toContain('no longer meets constraints');
      expect((await running()).find((line) => line.includes('imply-data-1'))).toMatch(new RegExp(` ${to}$`));
      expect(await bearers(KEY('data-1'))).toEqual([to]);
    }
  });

  it(
    'of a member that moves and changes: one deploy stops it, starts it once on the other node, and leaves ' +
      'nothing to do',
    async () => {
      const others = (await running()).filter((line) => !line.includes('imply-data-2'));
      expect(
        (await cluster.run(['init', '--yes', '--no-prepare', '--set', 'agents.data.nodes=[node2,node4]'])).code,
      ).toBe(0);
      const { blocked } = JSON.parse((await cluster.run(['plan', '--json'])).stdout) as { blocked: string[] };
      expect(blocked).toEqual(['imply-data-2 would move from node3 to node4 and leave its volume behind']);
      expect((await cluster.run(['deploy', '--yes', '--no-verify'])).code).toBe(3);
      const deployed = await cluster.run(['deploy', '--yes', '--no-verify', '--ignore', 'placement-move']);
      expect(deployed.code, deployed.all).toBe(0);
      expect(deployed.stderr).toContain('node: node3 → node4');
      const { stdout } = await cluster.docker([
        'service',
        'ps',
        'labels_imply-data-2',
        '--format',
        '{{.Node}} {{.DesiredState}} {{.Error}}',
      ]);
      expect(stdout.split('\n').filter((line) => line.startsWith('node4'))).toEqual(['node4 Running ']);
      expect(stdout).not.toContain('no longer meets constraints');
      expect(
        (
          await cluster.docker(['ps', '-q', '-f', 'label=com.docker.swarm.service.name=labels_imply-data-2'], {
            host: 'node3',
          })
        ).stdout,
      ).toBe('');
      expect(await bearers(KEY('data-2'))).toEqual(['node4']);
      expect((await running()).filter((line) => !line.includes('imply-data-2'))).toEqual(others);
      expect((await cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
    },
  );

  it('of a node that joined again: the name means the new entry, and the member starts there without a circle', async () => {
    const { lab } = cluster;
    const token = (await cluster.docker(['swarm', 'join-token', '-q', 'worker'])).stdout.trim();
    const old = (await cluster.docker(['node', 'inspect', '-f', '{{.ID}}', 'node4'])).stdout.trim();
    await cluster.docker(['swarm', 'leave', '--force'], { host: 'node4' });
    await cluster.docker(['swarm', 'join', '--token', token, `${lab.host('node1').address}:2377`], {
      host: 'node4',
      check: false,
    });
    await poll('the old entry is down', 180_000, async () =>
      (await cluster.docker(['node', 'inspect', '-f', '{{.Status.State}}', old])).stdout.trim() === 'down'
        ? true
        : undefined,
    );
    // `swarm join` may leave the rest to the engine, which goes on by itself.
    await poll('the node has joined again', 180_000, async () => {
      const { stdout } = await cluster.docker(['node', 'ls', '--format', '{{.ID}} {{.Hostname}} {{.Status}}']);
      return stdout.split('\n').some((line) => line.endsWith(' node4 Ready') && !line.startsWith(old))
        ? true
        : undefined;
    });
    const started = performance.now();
    const checked = await cluster.run(['check']);
    expect(performance.now() - started).toBeLessThan(40_000);
    expect(checked.code, checked.all).toBe(0);
    expect(checked.stdout).toContain(`its old entry ${old} is down`);
    expect(checked.stdout).toContain(`docker node rm ${old}`);
    expect(checked.stdout.replace(/\s+/g, ' ')).toContain(
      'imply-data-2 had its volume on node4 before it joined the swarm again: if this is another machine of that name, it',
    );
    const deployed = await cluster.run(['deploy', '--yes', '--no-verify']);
    expect(deployed.code, deployed.all).toBe(0);
    expect((await running()).find((line) => line.includes('imply-data-2'))).toMatch(/ node4$/);
    await cluster.docker(['node', 'rm', old]);
    expect((await cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
    for (const label of ['lab.size=small', 'lab.rack=a'])
      await cluster.docker(['node', 'update', '--label-add', label, 'node4']);
  });

  it('of an agent that goes are removed after its service', async () => {
    expect(
      (
        await cluster.run([
          'init',
          '--yes',
          '--no-prepare',
          '--set',
          'agents.data.replicas=1',
          '--set',
          'agents.data.nodes=node2',
        ])
      ).code,
    ).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes', '--no-verify', '--json']);
    expect(deployed.code, deployed.all).toBe(0);
    const { done } = JSON.parse(deployed.stdout) as { done: string[] };
    expect(done.slice(-2)).toEqual(['remove service labels_imply-data-2', `label node node4: -${KEY('data-2')}`]);
    expect(await bearers(KEY('data-2'))).toEqual([]);
    expect((await cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
  });
});
