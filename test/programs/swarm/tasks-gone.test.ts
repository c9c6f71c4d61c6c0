import { expect, test } from 'vitest';
import { awaitTasksGone } from '../../../src/swarm/steps/tasks-gone.ts';
import { FakeSwarm } from '../../unit/converge/fake-swarm.ts';
import { VirtualClock } from '../../unit/converge/virtual-clock.ts';

/** One task on node1 that stops at once, one on node2 whose engine is killed meanwhile. */
function stopping() {
  const swarm = new FakeSwarm(new VirtualClock(), ['node1', 'node2']);
  const app = swarm.service('app');
  const quick = swarm.task(app, { desiredState: 'remove' });
  const lost = swarm.task(app, { desiredState: 'remove', nodeId: 'id-node2' });
  const told: string[][] = [];
  const gone = awaitTasksGone(swarm.engine(), {
    stack: 'prod',
    nodes: structuredClone(swarm.nodes),
    localNodeId: 'id-node1',
    killAfterMs: undefined,
    signal: new AbortController().signal,
    onWaiting: (left) => told.push(left.map(({ node }) => node)),
    onForeignKill: () => undefined,
  });
  swarm.enter(quick, 'shutdown');
  return { swarm, lost, told, gone };
}

test('a node that goes down while its tasks are waited for is not waited for any longer', async () => {
  const { swarm, lost, told, gone } = stopping();
  const node = swarm.nodes.find(({ id }) => id === 'id-node2');
  if (node === undefined) throw new Error('no node2');
  node.state = 'down';
  expect((await gone).map(({ id }) => id)).toEqual([lost.id]);
  expect(told[0]).toContain('node2');
});

test('one that is not heard of for a moment is', async () => {
  const { swarm, lost, told, gone } = stopping();
  const node = swarm.nodes.find(({ id }) => id === 'id-node2');
  if (node === undefined) throw new Error('no node2');
  node.state = 'unknown';
  setTimeout(() => swarm.enter(lost, 'shutdown'), 4_000);
  expect(await gone).toEqual([]);
  expect(told.length).toBeGreaterThan(4);
});
