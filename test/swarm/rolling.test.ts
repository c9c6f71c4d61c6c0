import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { resolveEngine } from '../../src/engine/address.ts';
import { connect } from '../../src/engine/docker.ts';
import type { Engine, SwarmTask } from '../../src/engine/port.ts';
import type { CliResult } from '../support/cli.ts';
import { PORTS } from '../../stacks/imply/ports.ts';
import { Cluster, images, unsupported, variant } from '../support/cluster.ts';

const AGENTS = ['imply-data-1', 'imply-data-2', 'imply-query-1', 'imply-master-1'];

/** Agents are updated one after the other, and each is asked before the next one goes down. */
describe.skipIf(unsupported !== undefined)('agents that restart', () => {
  let cluster: Cluster;
  let engine: Engine;

  beforeAll(async () => {
    cluster = await Cluster.make('roll');
    const { probe } = await buildImages(cluster.lab, { only: ['probe'] });
    const { socket } = cluster.lab.host('node1');
    engine = await connect(await resolveEngine({ host: socket, env: { ...process.env, ...cluster.lab.env('node1') } }));
    const made = await cluster.init('node1', {
      'agents.data.replicas': '2',
      'agents.data.nodes': '[node2,node3]',
      'agents.query.nodes': 'node2',
      'deepStorage.type': 's3',
      'deepStorage.path': 's3://bucket/prefix',
      'verify.probeImage': probe,
    });
    expect(made.code, made.all).toBe(0);
    await deploy(0);
  });
  afterAll(async () => {
    await engine?.close();
    await cluster?.remove();
  });

  async function deploy(code: number, ...flags: string[]): Promise<CliResult> {
    const deployed = await cluster.run(['deploy', '--yes', ...flags]);
    expect(deployed.code, deployed.all).toBe(code);
    return deployed;
  }
  const change = async (...sets: string[]): Promise<void> => {
    const changed = await cluster.run(['init', '--yes', '--no-prepare', ...sets.flatMap((set) => ['--set', set])]);
    expect(changed.code, changed.all).toBe(0);
  };
  const agentImage = async (tag: string, env: Record<string, string> = {}): Promise<void> =>
    change(`images.agent=${await variant(cluster.lab, images.agent, tag, env)}`);
  const updated = ({ stderr }: CliResult): string[] =>
    [...stderr.matchAll(/^· update (\S+)/gm)].map((match) => match[1] ?? '');

  /** All tasks by service, the newest first. */
  async function tasks(): Promise<Map<string, SwarmTask[]>> {
    const [services, all] = await Promise.all([engine.services({ stack: 'roll' }), engine.tasks({ stack: 'roll' })]);
    return new Map(
      services.map(({ id, name }) => [name.slice('roll_'.length), all.filter((task) => task.serviceId === id)]),
    );
  }
  const current = async (service: string): Promise<SwarmTask | undefined> =>
    (await tasks()).get(service)?.find(({ state }) => state === 'running');

  /** Does the work, and looks all the while which agents have no task that runs. */
  async function watched<T>(work: () => Promise<T>): Promise<{ result: T; down: string[][] }> {
    const down: string[][] = [];
    let done = false;
    const watching = (async () => {
      while (!done) {
        const now = await tasks();
        down.push(AGENTS.filter((name) => now.get(name)?.some(({ state }) => state === 'running') !== true));
        await pause(150);
      }
    })();
    try {
      return { result: await work(), down };
    } finally {
      done = true;
      await watching;
    }
  }
  const mostDown = (down: string[][]): number => Math.max(...down.map((names) => names.length));

  it('roll with a new image in the order data, query, master, never two down at the same moment', async () => {
    await agentImage('roll-2');
    const plan = await cluster.run(['plan']);
    expect(plan.stdout).toMatch(
      /^Outage: imply-query-1, imply-master-1 restart, and nothing else does their work meanwhile\.$/m,
    );
    expect(plan.stdout).toMatch(
      /^~ 4 agents restart {2}image .*\n {4}imply-data-1 \(\w+\) → imply-data-2 \(\w+\) → imply-query-1 \(\w+\) → imply-master-1 \(\w+\)\n {4}one after the other, each once the one before keeps running and passes its own checks$/m,
    );
    const manager = await current('imply-manager');
    const { result, down } = await watched(() => deploy(0));
    expect(updated(result)).toEqual(AGENTS);
    expect(mostDown(down)).toBe(1);
    expect(new Set(down.flat())).toEqual(new Set(AGENTS));
    expect(await current('imply-manager')).toMatchObject({ id: manager?.id });
    // Each was asked, also for its registration, before the next one went down.
    for (const agent of AGENTS.slice(0, -1))
      expect(result.stderr).toMatch(new RegExp(`^${agent}: passed: .*registered`, 'm'));
    const moments = await Promise.all(AGENTS.map(current));
    for (const [index, task] of moments.entries()) {
      const next = moments[index + 1];
      if (next !== undefined)
        expect(Date.parse(next.createdAt) - Date.parse(task?.stateAt ?? '')).toBeGreaterThan(5_000);
    }
  });

  it('stop at the first that does not come right, and go on from there with a mended image', async () => {
    const before = await Promise.all(AGENTS.map(current));
    await agentImage('roll-broken', { SIMULATOR_FAULTS: 'crash-before-lines' });
    const { result: failed, down } = await watched(() => deploy(4));
    expect(failed.stderr).toContain('data agents: stopped at imply-data-1:');
    expect(failed.stderr).toMatch(/^ +updated, not proved: imply-data-1$/m);
    expect(failed.stderr).toMatch(/^ +not touched: imply-data-2, imply-query-1, imply-master-1$/m);
    expect(mostDown(down)).toBe(1);
    for (const [index, name] of AGENTS.entries())
      if (index > 0) expect(await current(name)).toMatchObject({ id: before[index]?.id });

    const again = await watched(() => deploy(4));
    expect(again.result.stderr).toContain(
      'stopped at imply-data-1: it is not well, and this deployment does not change it',
    );
    expect(updated(again.result)).toEqual([]);

    await agentImage('roll-3');
    const { result: mended, down: meanwhile } = await watched(() => deploy(0));
    expect(mended.stderr).toContain('not well, and therefore first: imply-data-1');
    expect(updated(mended)).toEqual(AGENTS);
    expect(mostDown(meanwhile)).toBe(1);
    // Three deployments, one of them a whole roll.
  }, 400_000);

  it('go on after a run that was interrupted, and after one that was killed', async () => {
    await agentImage('roll-4');
    const { down } = await watched(async () => {
      const stopped = await cluster.stopAt(['deploy', '--yes'], /· update imply-data-2/, 'SIGINT');
      expect(stopped.code, stopped.all).toBe(130);
      expect(stopped.stderr).toMatch(/^ +updated and well: imply-data-1$/m);
      expect(stopped.stderr).toMatch(/^ +updated, not proved: imply-data-2$/m);
      expect(stopped.stderr).toMatch(/^ +not touched: imply-query-1, imply-master-1$/m);
      await cluster.stopAt(['deploy', '--yes'], /· update imply-query-1/, 'SIGKILL');
      const ended = await deploy(0);
      expect(updated(ended).at(-1)).toBe('imply-master-1');
    });
    expect(mostDown(down)).toBe(1);
    expect((await cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
  });

  it('stop where one runs and does not pass its checks; with --no-verify it only has to run', async () => {
    const own = `{service: imply-data-1, name: odd, http: {port: ${PORTS.agentApi.plain}, path: /health, status: 204}}`;
    await agentImage('roll-5');
    await change(`verify.expectations=[${own}]`);
    const others = await Promise.all(AGENTS.slice(1).map(current));
    const stopped = await deploy(4);
    expect(stopped.stderr).toMatch(
      /^bundle: data agents: stopped at imply-data-1: it runs, and does not pass its checks: odd: .*200/m,
    );
    expect(stopped.stderr).toMatch(/^ +not touched: imply-data-2, imply-query-1, imply-master-1$/m);
    expect(await Promise.all(AGENTS.slice(1).map(current))).toMatchObject(others.map((task) => ({ id: task?.id })));

    const { result, down } = await watched(() => deploy(0, '--no-verify'));
    expect(updated(result)).toEqual(AGENTS.slice(1));
    expect(mostDown(down)).toBe(1);
    await change('verify.expectations=[]');
    expect((await cluster.run(['verify'])).code).toBe(0);
  });

  it('roll back in the opposite order of roles', async () => {
    const { result, down } = await watched(() => cluster.run(['rollback', '--yes']));
    expect(result.code, result.all).toBe(0);
    expect(updated(result)).toEqual(['imply-master-1', 'imply-query-1', 'imply-data-1', 'imply-data-2']);
    expect(mostDown(down)).toBe(1);
    await agentImage('roll-3');
  });

  it('restart in one call with --at-once, which the plan calls an outage', async () => {
    await agentImage('roll-6');
    const { result, down } = await watched(() => deploy(0, '--at-once'));
    expect(result.stderr).toContain('Outage: imply-master-1, imply-query-1, imply-data-1, imply-data-2 restart');
    expect(updated(result)).toEqual([]);
    expect(mostDown(down)).toBeGreaterThan(1);
  });

  it('restart together with the manager for a new token, since old and new do not talk to each other', async () => {
    const token = join(cluster.parent, 'token');
    await writeFile(token, 'fedcba9876543210fedcba9876543210');
    await change(`secretFiles.authToken=${token}`);
    const plan = await cluster.run(['plan']);
    expect(plan.stdout.split('\n')[0]).toBe(
      'Outage: imply-manager, imply-master-1, imply-query-1, imply-data-1, imply-data-2 restart, and nothing ' +
        'else does their work meanwhile.',
    );
    expect(plan.stdout).toContain('  imply-auth-token changes: all who mount it restart together');
    const { result, down } = await watched(() => deploy(0));
    expect(updated(result)).toEqual([]);
    expect(mostDown(down)).toBeGreaterThan(1);
  });
});
