import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, images, sharedLab, unsupported } from '../support/cluster.ts';

/** What a deployment would meet is told before its first write: exit 3, and nothing in the swarm is changed. */
describe.skipIf(unsupported !== undefined)('preflight', () => {
  const clusters: Cluster[] = [];
  const make = async (name: string, node: string, more: Record<string, string> = {}) => {
    const cluster = await Cluster.make(name);
    clusters.push(cluster);
    const made = await cluster.init(node, more);
    expect(made.code, made.all).toBe(0);
    return cluster;
  };
  afterEach(async () => {
    await Promise.all(clusters.splice(0).map((cluster) => cluster.remove()));
  });

  const never = (image: string): string => image.replace(/:[^:/]+$/, ':never-made');
  /** Ids of the stack's tasks that run. */
  const running = async (cluster: Cluster): Promise<string[]> =>
    (await cluster.docker(['stack', 'ps', '--no-trunc', '-f', 'desired-state=running', '--format', '{{.ID}} {{.CurrentState}}', cluster.name])).stdout.split('\n').filter((line) => line.includes('Running')).map((line) => line.split(' ')[0] ?? '').sort();
  const madeNothing = async (cluster: Cluster): Promise<void> => {
    for (const kind of ['secret', 'config']) expect((await cluster.docker([kind, 'ls', '-q', '-f', `label=bundle.stack=${cluster.name}`])).stdout, kind).toBe('');
    expect((await cluster.docker(['network', 'ls', '-q', '-f', `name=${cluster.name}_`])).stdout).toBe('');
    expect((await cluster.docker(['node', 'inspect', 'node1', '--format', '{{json .Spec.Labels}}'])).stdout).not.toContain(`bundle.${cluster.name}.`);
  };

  it('a tag that the registry denies: exit 3, and no running agent is stopped for it', async () => {
    const cluster = await make('denied', 'node1');
    const first = await cluster.run(['deploy', '--yes']);
    expect(first.code, first.all).toBe(0);
    const before = await running(cluster);
    expect(before.length).toBeGreaterThanOrEqual(6);
    const set = await cluster.run(['init', '--yes', '--no-prepare', '--set', `images.agent=${never(images.agent)}`]);
    expect(set.code, set.all).toBe(0);

    const denied = await cluster.run(['deploy', '--yes']);
    expect(denied.code, denied.all).toBe(3);
    expect(denied.stderr).toContain(`${never(images.agent)}: its registry has no such image (manifest unknown); it is not known to be on node1`);
    expect(denied.stderr).toContain('--ignore images');
    expect(await running(cluster)).toEqual(before);

    // One repository further: the name itself is unknown.
    const nobody = images.agent.replace(/\/[^/]+$/, '/nobody/has-this:1');
    expect((await cluster.run(['init', '--yes', '--no-prepare', '--set', `images.agent=${nobody}`])).code).toBe(0);
    expect((await cluster.run(['check'])).code).toBe(3);

    // The node of the engine that is asked holds it: a warning, and the deployment goes through.
    await cluster.docker(['tag', images.agent, never(images.agent)]);
    try {
      expect((await cluster.run(['init', '--yes', '--no-prepare', '--set', `images.agent=${never(images.agent)}`])).code).toBe(0);
      const held = await cluster.run(['deploy', '--yes']);
      expect(held.stderr).toContain('every node that will run it holds it: node1 (its engine lists it)');
      expect(held.code, held.all).toBe(0);
      // Asked through another engine, only the running tasks prove it.
      const other = await cluster.run(['check'], { host: 'node2' });
      expect(other.stdout).toContain('node1 (a task of it runs there)');
      expect(other.code, other.all).toBe(0);
    } finally {
      await cluster.docker(['rmi', '--no-prune', never(images.agent)], { check: false });
    }
  }, 300_000);

  describe('a registry that is cut off', () => {
    let silent: string;
    beforeAll(async () => {
      const lab = await sharedLab();
      silent = `${lab.registry.replace(/:\d+$/, '')}:5998`;
      await lab.exec('switch', ['iptables', '-I', 'INPUT', '-p', 'tcp', '--dport', '5998', '-j', 'DROP']);
      return async () => void (await lab.exec('switch', ['iptables', '-D', 'INPUT', '-p', 'tcp', '--dport', '5998', '-j', 'DROP']));
    });
    const away = (): Record<string, string> => Object.fromEntries(['manager', 'agent', 'mysql', 'zookeeper'].map((key) => [`images.${key}`, `${silent}/${key}:1`]));

    it('check and prepare: a warning for each image after one wait, which is told', async () => {
      const cluster = await make('cutoff', 'node1', away());
      for (const args of [['check'], ['prepare', '--yes']]) {
        const started = Date.now();
        const done = await cluster.run(args);
        expect(done.code, done.all).toBe(0);
        // The engine alone would take 30 s for each; two rounds of 20 s would take 40.
        expect((Date.now() - started) / 1000, args.join(' ')).toBeLessThan(32);
        expect(done.stderr).toMatch(/waiting for the registry's answer about .*:5998\/(manager|agent)/);
        for (const key of ['manager', 'agent', 'mysql', 'zookeeper']) expect(done.all).toContain(`${silent}/${key}:1: its registry does not answer`);
      }
    }, 120_000);

    it('init that prepares: one wait for both', async () => {
      const cluster = await Cluster.make('cutinit');
      clusters.push(cluster);
      const started = Date.now();
      const made = await cluster.init('node1', away(), []);
      expect(made.code, made.all).toBe(0);
      expect((Date.now() - started) / 1000).toBeLessThan(35);
      expect(made.stderr).toContain("waiting for the registry's answer");
    }, 120_000);
  });

  it.each([
    ['no docker CLI', { BUNDLE_DOCKER_CLI: '/nowhere/docker' }, /there is no \/nowhere\/docker/],
  ])('%s: exit 3, and nothing is made', async (_case, env, words) => {
    const cluster = await make('noclient', 'node1');
    cluster.env = env;
    for (const args of [['check'], ['deploy', '--yes']]) {
      const done = await cluster.run(args);
      expect(done.code, done.all).toBe(3);
      expect(done.all).toMatch(words);
    }
    await madeNothing(cluster);
    cluster.env = {};
  });
});
