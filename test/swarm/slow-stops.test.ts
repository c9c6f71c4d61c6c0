import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENT_LIST } from '../../scripts/images/simulator/agent-list.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { Cluster, images, unsupported, variant } from '../support/cluster.ts';

/** Longer than the minute for which the swarm waits. */
const DRAIN = { SIMULATOR_DRAIN: '120' };
/** So long that a verification on a busy machine sees it. */
const LONG_DRAIN = { SIMULATOR_DRAIN: '200' };
const DATA = ['imply-data-1', 'imply-data-2'];

/** Data agents that drain for longer than the swarm waits for a task that it stops. */
describe.skipIf(unsupported !== undefined)('agents that drain for more than a minute', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.make('drain');
    const made = await cluster.init('node1', {
      'images.agent': await variant(cluster.lab, images.agent, 'drain-1', DRAIN),
      'agents.data.gracePeriod': '2h',
      'agents.data.replicas': '2',
      'deepStorage.type': 's3',
      'deepStorage.path': 's3://bucket/prefix',
      ...AGENT_LIST,
    });
    expect(made.code, made.all).toBe(0);
    await deploy(0, '--no-verify');
  });
  afterAll(async () => {
    for (const name of DATA)
      for (const id of await containers(name)) await cluster.docker(['kill', id], { check: false });
    await cluster?.remove();
  });

  const deploy = async (code: number, ...flags: string[]) => {
    const deployed = await cluster.run(['deploy', '--yes', ...flags]);
    expect(deployed.code, deployed.all).toBe(code);
    return deployed;
  };
  const change = async (set: string) => {
    const changed = await cluster.run(['init', '--yes', '--no-prepare', '--set', set]);
    expect(changed.code, changed.all).toBe(0);
  };
  /** Those that run, of whatever task. */
  const containers = async (service: string): Promise<string[]> => {
    const label = `com.docker.swarm.service.name=${cluster.name}_${service}`;
    return (await cluster.docker(['ps', '-q', '--filter', `label=${label}`])).stdout.split('\n').filter(Boolean);
  };
  /** Does the work, and looks all the while how many containers each data agent has. */
  const watched = async <T>(work: () => Promise<T>): Promise<{ result: T; most: number; least: number }> => {
    const counts: number[] = [];
    let done = false;
    const watching = (async () => {
      while (!done) {
        // A busy engine may leave a question without an answer; the next one has it.
        const now = await Promise.all(DATA.map(containers)).catch(() => []);
        counts.push(...now.map((ids) => ids.length));
        await pause(300);
      }
    })();
    try {
      const result = await work();
      expect(counts).not.toEqual([]);
      return { result, most: Math.max(...counts), least: Math.min(...counts) };
    } finally {
      done = true;
      await watching;
    }
  };

  it('are never two in one place where bundle restarts them, also at the same moment', async () => {
    await change(`images.agent=${await variant(cluster.lab, images.agent, 'drain-2', LONG_DRAIN)}`);
    const { result, most, least } = await watched(() => deploy(0, '--at-once', '--no-verify'));
    expect([most, least]).toEqual([1, 0]);
    expect(result.stderr).toMatch(/^· stop .*imply-data-1, imply-data-2/m);
    expect(result.stderr).toMatch(/imply-data-1.* stops on node1, which may take up to 2 h/);
  });

  it('are waited for if one comes back that was removed', async () => {
    await change('agents.data.replicas=1');
    const { result, most } = await watched(async () => {
      await deploy(0, '--no-verify');
      expect(await containers('imply-data-2')).toHaveLength(1);
      return cluster.run(['rollback', '--yes', '--no-verify']);
    });
    expect(result.code, result.all).toBe(0);
    expect(result.stderr).toContain('a task in the place of imply-data-2 still stops on node1');
    expect(most).toBe(1);
  });

  it('are two after an update by hand, which verify tells', async () => {
    await change('agents.data.replicas=2');
    const began = performance.now();
    await cluster.docker(['service', 'update', '--detach', '--force', `${cluster.name}_imply-data-1`]);
    await poll('two containers of one agent', 190_000, async () =>
      (await containers('imply-data-1')).length === 2 ? true : undefined,
    );
    // The measured minute.
    expect(performance.now() - began).toBeGreaterThan(55_000);
    const verified = await cluster.run(['verify', '--only', 'imply-data-1', '--timeout', '40s']);
    expect(verified.code, verified.all).toBe(5);
    expect(verified.stdout.replaceAll(/\s+/g, ' ')).toContain('two at a time: its former task still stops on node1');
  });
});
