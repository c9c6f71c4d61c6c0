import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sayTo } from '../support/host-programs.ts';
import { Cluster, images, unsupported } from '../support/cluster.ts';

const FIRST = 2181;
const OTHER = 22_181;

/**
 * Ports that change while nothing else of a service does. Swarm keeps tasks of which only the placement differs, and in
 * the first update after a deployment that asked the registry it does: what was closed stayed open then.
 */
describe.skipIf(unsupported !== undefined)('ports that are opened and closed', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.make('ports');
    await init('client.publish=true', `client.port=${FIRST}`);
    await deploy();
  });
  afterAll(() => cluster.remove());

  async function init(...answers: string[]): Promise<void> {
    const all = ['servers=1', 'nodes=node1', `image=${images.zookeeper}`, 'name=ports', 'heapMb=96'];
    const small = ['reserve.cpus="0.01"', 'reserve.memory=128M'];
    const flags = [...all, ...small, ...answers].flatMap((answer) => ['--set', answer]);
    const made = await cluster.run(['init', '--yes', '--stack', 'zookeeper', ...flags]);
    expect(made.code, made.all).toBe(0);
  }
  async function deploy(): Promise<string> {
    const done = await cluster.run(['deploy', '--yes']);
    expect(done.code, done.all).toBe(0);
    return done.all;
  }
  const answer = (port: number): Promise<string> => sayTo(cluster.lab, cluster.lab.host('node1').address, port, 'ruok');

  it('are told to be open still if the swarm kept the task, as with docker by hand', async () => {
    expect(await answer(FIRST)).toBe('imok');
    await init('client.publish=false');
    const stack = await cluster.read('stack.yml');
    await cluster.docker(['stack', 'deploy', '--resolve-image', 'changed', '-c', '-', 'ports'], { input: stack });
    const seen = await cluster.run(['verify', '--json', '--timeout', '60s']);
    expect(await answer(FIRST)).toBe('imok');
    expect(seen.code, seen.all).toBe(5);
    const { results } = JSON.parse(seen.stdout) as { results: { check: string; status: string; detail: string }[] };
    expect(results.find(({ check }) => check === 'running')).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/^its port 2181\/tcp is open, which.*service update --force ports_zookeeper-1/),
    });
  });

  it('are found by the next plan, as after a deployment that was killed midway, and closed by the next deployment', async () => {
    const plan = await cluster.run(['plan', '--detailed-exitcode']);
    expect(plan.all).toMatch(/~ zookeeper-1 .*restarts {2}ports of its task: 2181\/tcp → none/);
    expect(plan.code).toBe(6);
    expect(await deploy()).toContain('replace the task of zookeeper-1');
    expect(await answer(FIRST)).toBe('');
    expect((await cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
  });

  it('are open once bundle has deployed them, whatever the swarm would keep', async () => {
    // As a deployment that asked the registry leaves it: the next one does not, so that the placement differs.
    const stack = await cluster.read('stack.yml');
    await cluster.docker(['stack', 'deploy', '--resolve-image', 'always', '-c', '-', 'ports'], { input: stack });
    await cluster.replaceTasks('zookeeper-1', ['--force']);
    await init('client.publish=true', `client.port=${OTHER}`);
    expect(await deploy()).toContain('replace the task of zookeeper-1');
    expect(await Promise.all([answer(FIRST), answer(OTHER)])).toEqual(['', 'imok']);
    expect((await cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
  });

  it('are closed once they are published no more; where the swarm replaces the task itself, nothing else does', async () => {
    await init('client.publish=false');
    expect(await deploy()).not.toContain('replace the task of');
    expect(await answer(OTHER)).toBe('');
  });
});
