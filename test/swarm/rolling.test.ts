import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unsupported } from '../support/cluster.ts';
import { AGENTS, mostDown, RollingCluster, updated } from './rolling.ts';

/** Agents are updated one after the other, and each is asked before the next one goes down. */
describe.skipIf(unsupported !== undefined)('agents that restart', () => {
  let rolling: RollingCluster;

  beforeAll(async () => {
    rolling = await RollingCluster.make('roll');
  });
  afterAll(() => rolling?.remove());

  it('roll with a new image in the order data, query, master, never two down at the same moment', async () => {
    await rolling.agentImage('roll-2');
    const plan = await rolling.cluster.run(['plan']);
    expect(plan.stdout).toMatch(
      /^Outage: imply-query-1, imply-master-1 restart, and nothing else does their work meanwhile\.$/m,
    );
    expect(plan.stdout).toMatch(
      /^~ 4 agents restart {2}image .*\n {4}imply-data-1 \(\w+\) → imply-data-2 \(\w+\) → imply-query-1 \(\w+\) → imply-master-1 \(\w+\)\n {4}one after the other, each once the one before keeps running and passes its own checks$/m,
    );
    const manager = await rolling.current('imply-manager');
    const { result, down } = await rolling.watched(() => rolling.deploy(0));
    expect(updated(result)).toEqual(AGENTS);
    expect(mostDown(down)).toBe(1);
    expect(new Set(down.flat())).toEqual(new Set(AGENTS));
    expect(await rolling.current('imply-manager')).toMatchObject({ id: manager?.id });
    // Each was asked, also for its registration, before the next one went down.
    for (const agent of AGENTS.slice(0, -1))
      expect(result.stderr).toMatch(new RegExp(`^${agent}: passed: .*registered`, 'm'));
    const moments = await Promise.all(AGENTS.map((agent) => rolling.current(agent)));
    for (const [index, task] of moments.entries()) {
      const next = moments[index + 1];
      if (next !== undefined)
        expect(Date.parse(next.createdAt) - Date.parse(task?.stateAt ?? '')).toBeGreaterThan(5_000);
    }
  });

  it('roll back in the opposite order of roles', async () => {
    const { result, down } = await rolling.watched(() => rolling.cluster.run(['rollback', '--yes']));
    expect(result.code, result.all).toBe(0);
    expect(updated(result)).toEqual(['imply-master-1', 'imply-query-1', 'imply-data-1', 'imply-data-2']);
    expect(mostDown(down)).toBe(1);
  });

  it('restart in one call with --at-once, which the plan calls an outage', async () => {
    await rolling.agentImage('roll-6');
    const { result, down } = await rolling.watched(() => rolling.deploy(0, '--at-once'));
    expect(result.stderr).toContain('Outage: imply-master-1, imply-query-1, imply-data-1, imply-data-2 restart');
    expect(updated(result)).toEqual([]);
    expect(mostDown(down)).toBeGreaterThan(1);
  });

  it('restart together with the manager for a new token, since old and new do not talk to each other', async () => {
    const token = join(rolling.cluster.parent, 'token');
    await writeFile(token, 'fedcba9876543210fedcba9876543210');
    await rolling.change(`secretFiles.authToken=${token}`);
    const plan = await rolling.cluster.run(['plan']);
    expect(plan.stdout.split('\n')[0]).toBe(
      'Outage: imply-manager, imply-master-1, imply-query-1, imply-data-1, imply-data-2 restart, and nothing ' +
        'else does their work meanwhile.',
    );
    expect(plan.stdout).toContain('  imply-auth-token changes: all who mount it restart together');
    const { result, down } = await rolling.watched(() => rolling.deploy(0));
    expect(updated(result)).toEqual([]);
    expect(mostDown(down)).toBeGreaterThan(1);
  });

  it('restart together with the manager for another host name of it, which its certificate names alone', async () => {
    await rolling.change('manager.hostname=boss');
    const plan = await rolling.cluster.run(['plan']);
    expect(plan.stdout.split('\n')[0]).toBe(
      'Outage: imply-manager, imply-master-1, imply-query-1, imply-data-1, imply-data-2 restart, and nothing ' +
        'else does their work meanwhile.',
    );
    expect(plan.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /environment IMPLY_MANAGER_HOSTNAMES, .*environment IMPLY_MANAGER_HOST change: services that must agree on them restart together/,
    );
    const result = await rolling.deploy(0);
    expect(updated(result)).toEqual([]);
    expect((await rolling.cluster.run(['verify'])).code).toBe(0);
  });
});
