import { expect, test } from 'vitest';
import type { SwarmNode } from '../../../src/engine/port.ts';
import { awaitTasksGone } from '../../../src/swarm/steps/tasks-gone.ts';
import { FakeSwarm } from '../../unit/converge/fake-swarm.ts';
import { VirtualClock } from '../../unit/converge/virtual-clock.ts';

/**
 * One task on node1 that stops at once, one on node2 whose engine is killed meanwhile. @param state of node2 at first
 */
function stopping(state: SwarmNode['state'] = 'ready') {
  const swarm = new FakeSwarm(new VirtualClock(), ['node1', 'node2']);
  const node = swarm.nodes.find(({ id }) => id === 'id-node2');
  if (node === undefined) throw new Error('no node2');
  node.state = state;
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
  return { swarm, node, lost, told, gone };
}

test('a node that goes down while its tasks are waited for is not waited for any longer', async () => {
  const { node, lost, told, gone } = stopping();
  node.state = 'down';
  expect((await gone).map(({ id }) => id)).toEqual([lost.id]);
  expect(told[0]).toContain('node2');
});

test('one that is not heard of for a moment is', async () => {
  const { swarm, node, lost, told, gone } = stopping();
  node.state = 'unknown';
  await expect.poll(() => told.length, { timeout: 60_000 }).toBeGreaterThan(8);
  swarm.enter(lost, 'shutdown');
  expect(await gone).toEqual([]);
});

test('one that was not heard of from the start, as right after an election, is too', async () => {
  const { swarm, lost, told, gone } = stopping('unknown');
  setTimeout(() => swarm.enter(lost, 'shutdown'), 1_000);
  expect(await gone).toEqual([]);
  expect(told[0]).toContain('node2');
});

test('one that was down from the start is not', async () => {
  const { lost, gone } = stopping('down');
  expect((await gone).map(({ id }) => id)).toEqual([lost.id]);
});
