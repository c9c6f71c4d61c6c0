import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { AGENT_LIST } from '../../scripts/images/simulator/agent-list.ts';
import { run } from '../../scripts/lab/exec.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { Cluster, unsupported } from '../support/cluster.ts';

/**
 * Three hosts as if they had no swarm: the printed commands, run on each host's own engine, and the same expectations.
 */
describe.skipIf(unsupported !== undefined)('the run target', () => {
  const HOSTS = ['node1', 'node2', 'node3'];
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.make('byrun');
    const { probe } = await buildImages(cluster.lab, { only: ['probe'] });
    const made = await cluster.init('node1', {
      'agents.query.nodes': 'node2',
      'agents.data.nodes': 'node3',
      'deepStorage.type': 's3',
      'deepStorage.path': 's3://bucket/prefix',
      'verify.probeImage': probe,
      ...AGENT_LIST,
    });
    expect(made.code, made.all).toBe(0);
  });
  afterAll(async () => {
    await Promise.all(
      HOSTS.map(async (host) => {
        const list = async (...args: string[]) =>
          (await cluster.docker(args, { host })).stdout.split('\n').filter((line) => line !== '');
        const containers = await list('ps', '-aq', '--filter', 'label=bundle.stack=byrun');
        if (containers.length > 0) await cluster.docker(['rm', '--force', '--volumes', ...containers], { host });
        const volumes = await list('volume', 'ls', '-q', '--filter', 'name=byrun_');
        if (volumes.length > 0) await cluster.docker(['volume', 'rm', ...volumes], { host });
        await cluster.docker(['network', 'rm', 'byrun_imply'], { host, check: false });
      }),
    );
    await cluster.remove();
  });

  /** The lab's hosts see this machine's files: nothing has to be copied. */
  const start = async (host: string) =>
    run(['sh', join(cluster.dir, 'run', host, 'run.sh')], {
      env: { ...cluster.lab.env(host), PATH: `${dirname(await cluster.lab.cli())}:${process.env['PATH'] ?? ''}` },
    });
  const engines = (hosts = HOSTS) =>
    hosts.flatMap((host) => ['--engine', `${host}=${cluster.lab.env(host)['DOCKER_HOST'] ?? ''}`]);
  const verify = (...args: string[]) => cluster.run(['verify', '--target', 'run', '--json', ...args]);
  const resultsOf = (stdout: string) =>
    (
      JSON.parse(stdout) as {
        results: { service: string; check: string; status: string; detail: string; node?: string }[];
      }
    ).results;

  it('its commands run as printed, and verify sees on the containers what it sees on tasks', async () => {
    const rendered = await cluster.run([
      'render',
      '--target',
      'run',
      ...HOSTS.flatMap((host) => ['--address', `${host}=${cluster.lab.host(host).address}`]),
    ]);
    expect(rendered.code, rendered.all).toBe(0);
    await Promise.all(HOSTS.map(start));
    const verified = await verify(...engines());
    expect(verified.code, verified.all).toBe(0);
    // Registration shows that they reach each other across hosts, by name and over TLS; it is asked by a container
    // beside the manager.
    const passed = resultsOf(verified.stdout)
      .filter(({ status }) => status === 'passed')
      .map(({ service, check, node }) => `${service} ${check} ${node ?? ''}`);
    for (const one of [
      'imply-manager TLS node1',
      'imply-manager https node1',
      'imply-manager api-token node1',
      'imply-query-1 Authentication node2',
      'imply-data-1 health node3',
      'imply-data-1 secrets node3',
      ...['imply-master-1', 'imply-query-1', 'imply-data-1'].map(
        (agent, index) => `${agent} registered node${index + 1}`,
      ),
    ])
      expect(passed).toContain(one);
  });

  it('no secret is in what docker tells of a container, and no agent’s host has the CA’s key', async () => {
    const values = await Promise.all(
      ['imply-auth-token', 'store-password'].map(async (file) => (await cluster.read(`secrets/${file}`)).trim()),
    );
    for (const host of HOSTS) {
      const ids = (await cluster.docker(['ps', '-q', '--filter', 'label=bundle.stack=byrun'], { host })).stdout
        .trim()
        .split('\n');
      const told = (await cluster.docker(['inspect', ...ids], { host })).stdout;
      for (const value of values) expect(told).not.toContain(value);
      expect(told.includes('imply-ca.key')).toBe(host === 'node1');
    }
  });

  it('of a host whose engine is not named nothing is told', async () => {
    const verified = await verify(...engines(['node1']), '--only', 'running');
    expect(verified.code, verified.all).toBe(7);
    expect(resultsOf(verified.stdout)).toContainEqual(
      expect.objectContaining({
        service: 'imply-data-1',
        node: 'node3',
        status: 'unsure',
        detail: 'no engine of node3 was named: --engine node3=URL',
      }),
    );
  });

  it('a wrong token file at the manager, and a container that is gone, fail', async () => {
    const token = join(cluster.dir, 'run/node1/secrets/byrun_imply-auth-token.v1');
    await rm(token);
    await writeFile(token, 'not-the-token-of-this-cluster-0123456789\n', { mode: 0o444 });
    await cluster.docker(['rm', '--force', 'byrun_imply-manager']);
    await start('node1');
    await cluster.docker(['rm', '--force', 'byrun_imply-data-1'], { host: 'node3' });
    const verified = await verify(...engines(), '--only', 'api-token', '--timeout', '2m');
    expect(verified.code, verified.all).toBe(5);
    expect(resultsOf(verified.stdout).filter(({ status }) => status === 'failed')).toEqual([
      expect.objectContaining({ service: 'imply-manager', check: 'api-token' }),
    ]);
    const gone = await verify(...engines(), '--only', 'running', '--timeout', '30s');
    expect(gone.code, gone.all).toBe(5);
    expect(resultsOf(gone.stdout)).toContainEqual(
      expect.objectContaining({
        service: 'imply-data-1',
        check: 'tasks',
        status: 'failed',
        detail: '0 of 1 tasks: node3 has no container byrun_imply-data-1; run.sh makes it',
      }),
    );
    expect((await cluster.run(['render', '--target', 'run', '--check'])).code).toBe(6);
  });

  it('a container beside its place, and one of a service that left, fail with the command that stops them', async () => {
    const host = 'node2';
    const image = (
      await cluster.docker(['inspect', '--format', '{{.Config.Image}}', 'byrun_imply-query-1'], { host })
    ).stdout.trim();
    const strays = ['zookeeper-1', 'old'];
    for (const service of strays)
      await cluster.docker(
        [
          ...['run', '--detach', '--name', `byrun_${service}`, '--entrypoint', 'sleep'],
          ...['--label', 'bundle.stack=byrun', '--label', `bundle.service=${service}`],
          ...[image, '600'],
        ],
        { host },
      );
    const verified = await verify(...engines(), '--only', 'running', '--only', 'tasks', '--only', 'zookeeper-1');
    expect(verified.code, verified.all).toBe(5);
    expect(resultsOf(verified.stdout).filter(({ status }) => status === 'failed')).toEqual([
      expect.objectContaining({ service: 'zookeeper-1', node: host, check: 'tasks' }),
    ]);
    const all = await verify(...engines(), '--only', 'running', '--only', 'tasks', '--timeout', '30s');
    for (const service of strays)
      expect(resultsOf(all.stdout)).toContainEqual(
        expect.objectContaining({
          service,
          node: host,
          check: 'tasks',
          status: 'failed',
          detail: expect.stringContaining(
            `on node2: docker stop byrun_${service} && docker rm byrun_${service}`,
          ) as string,
        }),
      );
    await cluster.docker(['rm', '--force', ...strays.map((service) => `byrun_${service}`)], { host });
  });

  it('a container that ends again and again fails, though it runs at almost every moment', async () => {
    const name = 'byrun_zookeeper-1';
    const of = async (format: string) => (await cluster.docker(['inspect', '--format', format, name])).stdout.trim();
    const image = await of('{{.Config.Image}}');
    await cluster.docker(['rm', '--force', name]);
    await cluster.docker([
      ...['run', '--detach', '--name', name, '--network', 'byrun_imply', '--restart', 'unless-stopped'],
      ...['--label', 'bundle.stack=byrun', '--label', 'bundle.service=zookeeper-1'],
      ...['--no-healthcheck', '--entrypoint', 'sh', image, '-c', 'sleep 15; exit 3'],
    ]);
    await poll(`${name} was restarted twice`, 90_000, async () =>
      Number(await of('{{.RestartCount}}')) >= 2 ? true : undefined,
    );
    const only = ['zookeeper-1', 'running', 'stable'].flatMap((word) => ['--only', word]);
    const soon = await verify(...engines(), ...only, '--timeout', '5s');
    expect(soon.code, soon.all).toBe(7);
    // ZooKeeper may take a minute to start: what ends later than that is told.
    const verified = await verify(...engines(), ...only, '--timeout', '2m');
    expect(verified.code, verified.all).toBe(5);
    expect(resultsOf(verified.stdout)).toContainEqual(
      expect.objectContaining({
        service: 'zookeeper-1',
        node: 'node1',
        check: 'stable',
        status: 'failed',
        detail: expect.stringMatching(
          /^it does not stay up: its engine restarted it \d+ times; while it was looked at it ended 2 times, .*docker logs byrun_zookeeper-1 on node1 shows more$/,
        ) as string,
      }),
    );
    // What src/engine/types.ts says of the count.
    await cluster.docker(['restart', name]);
    expect(await of('{{.RestartCount}}')).toBe('0');
  });
});
