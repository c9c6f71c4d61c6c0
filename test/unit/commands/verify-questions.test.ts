import { expect, it } from 'vitest';
import { run } from '../../../src/commands/verify/run.ts';
import type { Answer } from '../engine/fake-engine.ts';
import { recordedIo } from '../init/support.ts';
import { loaded, swarm, zookeeper } from './zookeeper-swarm.ts';

const TASK = {
  ...{ ID: 't1', ServiceID: 'id-prod_zookeeper-1', NodeID: 'n1-id', Slot: 1, DesiredState: 'running' },
  Spec: { ContainerSpec: { Image: 'zookeeper' } },
  Status: { State: 'running', Timestamp: '2026-01-01T00:00:00Z', ContainerStatus: { ContainerID: 'c' } },
};
const INFO = {
  ...{ Name: 'n1', SystemTime: '2026-01-01T00:00:00Z' },
  Swarm: { NodeID: 'n', LocalNodeState: 'active', ControlAvailable: true },
};

/**
 * `bundle verify` of a ZooKeeper whose one task runs: what it asked for tasks and of the engine, and what it printed.
 * @param late ms that each answer of a list of tasks takes
 */
async function verify({ set = [], late = 0 }: { set?: string[]; late?: number } = {}) {
  const { cwd } = await zookeeper(1, 1);
  const before = await loaded(cwd);
  const after = await loaded((await zookeeper(1, 1, set)).cwd);
  const asked: string[] = [];
  const tasks: Answer = ({ url }, response) => {
    asked.push(url.includes('_up-to-date') ? 'tasks of now' : 'all tasks');
    setTimeout(() => response.end(JSON.stringify([TASK])), late);
  };
  const info: Answer = () => {
    asked.push('info');
    return { json: INFO };
  };
  const host = await swarm(before, after, { 'GET /tasks': tasks, 'GET /info': info });
  const recorded = recordedIo(after.directory.dir.replace(/\/prod$/, ''));
  const selection = { only: [], skip: [], engine: [] };
  await run({ dir: 'prod', host, target: 'swarm', timeout: '30s', ...selection }, recorded.io);
  return { asked: asked.sort(), lines: recorded.err().split('\n') };
}

it('asks for nothing anew that it read a moment ago, but for the tasks that its verdict is on', async () => {
  const { asked } = await verify();
  expect(asked).toEqual(['all tasks', 'info', 'tasks of now', 'tasks of now']);
});

it('asks for all anew that it read some time ago', async () => {
  const { asked } = await verify({ late: 2_100 });
  const often = (what: string): number => asked.filter((each) => each === what).length;
  expect([often('all tasks'), often('info')]).toEqual([2, 2]);
});

it('says that stack.yml is not what runs before it tells what it sees', async () => {
  const { lines } = await verify({ set: ['heapMb=600'] });
  expect(lines[0]).toMatch(/^note: .*1 service would change/);
  expect(lines.slice(1).filter((line) => line.startsWith('note:'))).toEqual([]);
  expect(lines.join('\n')).toMatch(/ok {2}zookeeper-1 .* running: /);
});
