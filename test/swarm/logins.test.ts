import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import type { CliResult } from '../support/cli.ts';
import { Cluster, images, unsupported } from '../support/cluster.ts';
import { registryWithLogin, type RegistryWithLogin } from '../support/registry-with-login.ts';

const SERVICE = 'logins_zookeeper-1';

/** Two operators, of whom one is logged in to the registry of the images. */
describe.skipIf(unsupported !== undefined)('a registry that asks for a log-in', () => {
  let cluster: Cluster;
  let guarded: RegistryWithLogin;
  /** The image by that registry's name, which no node has. */
  let image: string;

  beforeAll(async () => {
    cluster = await Cluster.make('logins');
    const { lab } = cluster;
    guarded = await registryWithLogin(lab);
    for (const [who, config] of [
      ['first', guarded.config],
      ['second', '{}'],
    ] as const) {
      await mkdir(configOf(who));
      await writeFile(join(configOf(who), 'config.json'), config);
    }
    // Of a manifest of its own: none of its names may be on a node from other tests.
    const container = (await cluster.docker(['create', images.zookeeper])).stdout.trim();
    await cluster.docker(['commit', '--change', 'LABEL of=logins', container, 'logins/zookeeper:1']);
    await cluster.docker(['rm', container]);
    const published = await lab.publish('logins/zookeeper:1');
    image = published.replace(lab.registry, guarded.registry);
  });
  afterAll(async () => {
    await cluster?.remove();
    await guarded?.stop();
  });

  const configOf = (who: 'first' | 'second'): string => join(cluster.parent, who);
  /** A command of one of the operators. */
  async function as(who: 'first' | 'second', ...args: string[]): Promise<CliResult> {
    cluster.env = { DOCKER_CONFIG: configOf(who) };
    return cluster.run(args);
  }
  async function succeed(...given: Parameters<typeof as>): Promise<CliResult> {
    const done = await as(...given);
    expect(done.code, done.all).toBe(0);
    return done;
  }
  const answer = (...answers: string[]): Promise<CliResult> =>
    succeed('first', 'init', '--yes', '--no-prepare', ...answers.flatMap((each) => ['--set', each]));

  /** The service's tasks on a node, newest first: state and error. */
  const tasksOn = async (node: string): Promise<string[]> =>
    (
      await cluster.docker([
        ...['service', 'ps', '--no-trunc', '--filter', `node=${node}`],
        ...['--format', '{{.CurrentState}} {{.Error}}', SERVICE],
      ])
    ).stdout
      .split('\n')
      .filter(Boolean);
  /** Binds the service to another node, with the log-in that it keeps. */
  async function move(node: string): Promise<void> {
    const format = '{{range .Spec.TaskTemplate.Placement.Constraints}}{{println .}}{{end}}';
    const { stdout } = await cluster.docker(['service', 'inspect', '--format', format, SERVICE]);
    const former = stdout.split('\n').filter(Boolean);
    await cluster.docker([
      ...['service', 'update', '--detach', '--quiet', ...former.flatMap((each) => ['--constraint-rm', each])],
      ...['--constraint-add', `node.hostname==${node}`, SERVICE],
    ]);
  }

  it('is not read without one', async () => {
    const refused = await cluster.docker(['pull', image], { host: 'node2', check: false });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/no basic auth credentials|authentication required|unauthorized/);
    expect(guarded.gaveTo('node2')).toBe(false);
  });

  it('gives the image to a node of a service that the other operator deployed last', async () => {
    const settings = { image, servers: '1', nodes: '[node1]', heapMb: '96', 'reserve.cpus': '"0.01"' };
    const set = Object.entries({ ...settings, 'reserve.memory': '32M' });
    const flags = ['--stack', 'zookeeper', '--yes', '--no-prepare'];
    await succeed('first', 'init', ...flags, ...set.flatMap(([path, value]) => ['--set', `${path}=${value}`]));
    await succeed('first', 'deploy', '--yes', '--no-verify');
    expect(guarded.gaveTo('node1')).toBe(true);

    await answer('heapMb=97');
    expect((await as('second', 'check')).stdout).toContain(
      'none is kept here for these registries; services keep the one that they were deployed with',
    );
    const { stderr } = await succeed('second', 'deploy', '--yes', '--no-verify');
    expect(stderr).toContain('every node that will run it holds it: node1 (a task of it runs there)');
    expect(stderr).not.toContain('already up to date');

    guarded.gaveTo('node2');
    await move('node2');
    await poll(`${SERVICE} runs on node2`, 180_000, async () =>
      (await tasksOn('node2'))[0]?.startsWith('Running') === true ? true : undefined,
    );
    expect(guarded.gaveTo('node2')).toBe(true);
  });

  it('gives it to none after a --with-registry-auth without a log-in: why bundle leaves that out', async () => {
    await cluster.docker(['service', 'update', '--detach', '--quiet', '--with-registry-auth', SERVICE]);
    await move('node3');
    const refused = await poll(`${SERVICE} is refused its image on node3`, 180_000, async () =>
      (await tasksOn('node3')).find((task) => task.startsWith('Rejected')),
    );
    expect(refused).toMatch(/No such image|denied|unauthorized|no basic auth credentials/i);
    expect(guarded.gaveTo('node3')).toBe(false);
  });
});
