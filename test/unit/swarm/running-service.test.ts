import { describe, expect, it } from 'vitest';
import type { SwarmNode, TaskEngine } from '../../../src/engine/port.ts';
import { probeEnsemble } from '../../../src/quorum/probe.ts';
import { runningService } from '../../../src/swarm/running-service.ts';
import { zookeeperEnsemble } from '../../../stacks/zookeeper/ensemble.ts';
import { node, service, task } from '../../support/check-context.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

const NAMES = ['db-1', 'db-2', 'db-3'];
const secretsOf = (name: string) =>
  ['key', 'password'].map((target) => ({ id: `${name}-${target}`, name: `prod_${name}-${target}.v1`, target }));

/** A swarm in which db-1 runs on n1, db-2 on n2, as far as nodes are named. */
const engine = (...nodes: SwarmNode[]): TaskEngine =>
  ({
    services: async () => NAMES.map((name) => service(`prod_${name}`)),
    tasks: async () =>
      nodes.map(({ id }, at) => {
        const name = NAMES[at] ?? '';
        return task(`id-prod_${name}`, id, { image: `${name}:1`, secrets: secretsOf(name) });
      }),
    nodes: async () => [...nodes, node('free')],
    networks: async () => [{ id: 'net', name: 'prod_zk' }],
  }) as unknown as TaskEngine;

const beside = (nodes: SwarmNode[], job: Parameters<typeof runningService>[3]) =>
  runningService(engine(...nodes), 'prod', NAMES, job);
const paused = node('n1', { availability: 'pause' });
const drained = node('n2', { availability: 'drain' });

describe('a job beside a running service', () => {
  it('is on the node of one that takes tasks, with the secrets that it reads and no other; each has its turn', async () => {
    const open = [paused, node('n2'), node('n3')];
    const at = async (turn: number) => beside(open, { secrets: ['key'], turn });
    const second = { image: 'db-2:1', constraints: ['node.id == id-n2'], secrets: [secretsOf('db-2')[0]] };
    expect(await at(0)).toMatchObject(second);
    expect(await at(1)).toMatchObject({ image: 'db-3:1', constraints: ['node.id == id-n3'] });
    expect(await at(2)).toMatchObject(second);
  });

  it('without secrets may be anywhere if none of their nodes takes tasks', async () => {
    expect(await beside([paused, drained], { secrets: [] })).toMatchObject({
      ...{ image: 'db-1:1', secrets: [], constraints: [] },
    });
  });

  it.each([
    ['of the service', { secrets: ['key'] }],
    ['of its own', { secrets: [], brings: true }],
  ])('with secrets %s is then nowhere, and each node is named', async (_whose, job) => {
    expect(await beside([paused, drained], job)).toEqual({
      away:
        'a job with its secrets goes to no node that has not got them, and of those that have none takes a job (n1 is ' +
        'set to pause, n2 is set to drain); `docker node update --availability active n1` or ' +
        '`docker node update --availability active n2` lets it run there',
    });
  });

  it('of a node that the swarm has no word from says that; without one that runs there is none', async () => {
    const away = await beside([node('n1', { state: 'unknown' })], { secrets: ['key'] });
    expect(away).toMatchObject({ away: expect.stringContaining('no word from where it runs (db-1 on n1)') as string });
    expect(await beside([], { secrets: ['key'] })).toBeUndefined();
  });
});

it('a quorum that is asked with secrets is not asked from another node than a member’s', async () => {
  const group = zookeeperEnsemble(
    NAMES.map((name) => ({ name })),
    'zk',
  );
  const asked = probeEnsemble(
    engine(paused),
    { ...group, probe: { ...group.probe, secrets: ['password'] } },
    { stack: 'prod', clock: new VirtualClock() },
  );
  expect(await asked).toEqual({ trouble: expect.stringContaining('(n1 is set to pause)') as string });
});
