import { describe, expect, test } from 'vitest';
import { pairAsker } from '../../../../src/checks/pairs/ask.ts';
import { hosts } from '../../../../src/checks/hosts.ts';
import type { Engine, JobSpec, SwarmTask } from '../../../../src/engine/port.ts';
import { node, task } from '../../../support/check-context.ts';
import { VirtualClock } from '../../converge/virtual-clock.ts';

const ADDRESSES: Record<string, string> = { 'id-n1': '10.9.0.3', 'id-n2': '10.9.0.4' };

/**
 * Two nodes whose engines prepare each task for so many seconds, by node. A container that listens is there for as long
 * as its own program says, and who asks later hears nothing.
 */
async function asked(preparing: Record<string, number>) {
  const clock = new VirtualClock();
  const nodes = [node('n1'), node('n2')];
  const jobs: { spec: JobSpec; at: number }[] = [];
  const upAt = (job: number, nodeId: string): number => (jobs[job]?.at ?? 0) + (preparing[nodeId] ?? 0) * 1000;
  const listensUntil = (nodeId: string): number =>
    upAt(0, nodeId) + Number(/sleep (\d+)/.exec(jobs[0]?.spec.command.join(' ') ?? '')?.[1]) * 1000;
  const stateOf = (job: number, nodeId: string): SwarmTask['state'] =>
    clock.now() < upAt(job, nodeId)
      ? 'preparing'
      : job > 0 || clock.now() > listensUntil(nodeId)
        ? 'complete'
        : 'running';
  const engine = {
    info: async () => ({ systemTime: clock.iso() }),
    networks: async () => [],
    createNetwork: async () => 'net',
    removeNetwork: async () => undefined,
    jobs: async () => jobs.map(({ spec: { name, labels } }, id) => ({ id: String(id), name, labels })),
    createJob: async (spec: JobSpec) => String(jobs.push({ spec, at: clock.now() }) - 1),
    removeService: async () => undefined,
    tasks: async ({ serviceId = '' }: { serviceId?: string }) =>
      nodes.map(({ id }) =>
        task(serviceId, id, {
          id: `${serviceId} ${id}`,
          state: stateOf(Number(serviceId), id),
          addresses: { net: ADDRESSES[id] ?? '' },
        }),
      ),
    taskLogs: async function* (id: string) {
      const [job = '', self = ''] = id.split(' ');
      const heard = Object.entries(ADDRESSES)
        .filter(([, address]) => jobs[Number(job)]?.spec.command.join(' ').includes(address))
        .map(([other, address]) => `${upAt(1, self) <= listensUntil(other) ? 'answer' : 'no-way'} ${address}`);
      yield { stream: 'stdout', data: Buffer.from([...heard, 'end'].map((word) => `bundle-pair ${word}\n`).join('')) };
    },
  } as unknown as Engine;
  const ask = pairAsker(engine, {
    stack: 'prod',
    image: 'probe:1',
    clock,
    me: { host: 'here', boot: 'b', pid: 7, isAlive: () => true },
    driverOptions: {},
  });
  const readings = await ask(nodes, nodes, new AbortController().signal);
  return { readings: Object.fromEntries(readings), seconds: clock.elapsed() / 1000, jobs };
}

describe('pairs of nodes whose engines first ask a registry that is cut off', () => {
  const all = {
    'id-n1': { heard: new Map([['id-n2', 'answer']]) },
    'id-n2': { heard: new Map([['id-n1', 'answer']]) },
  };

  test.each([
    ['that knows its images by digest', { 'id-n1': 0, 'id-n2': 0 }],
    ['over one way', { 'id-n1': 16, 'id-n2': 16 }],
    ['over two ways', { 'id-n1': 31, 'id-n2': 31 }],
    ['from one of them alone: the other listens all the while', { 'id-n1': 0, 'id-n2': 44 }],
  ])('%s', async (_which, preparing) => {
    const { readings, seconds } = await asked(preparing);
    expect(readings).toEqual(all);
    expect(seconds).toBeLessThan(hosts.limitSeconds ?? 30);
  });

  test('a node that never comes to it is told within the check’s own time; it is nobody’s fault on the way', async () => {
    const { readings, seconds } = await asked({ 'id-n1': 0, 'id-n2': 1e9 });
    expect(readings).toEqual({
      'id-n1': { heard: new Map() },
      'id-n2': { trouble: expect.stringMatching(/^not done after 45 s; its task is preparing; as a rule /) as string },
    });
    expect(seconds).toBeLessThan(hosts.limitSeconds ?? 30);
  });

  test('the jobs and the network are nobody’s to sweep meanwhile', async () => {
    const { seconds, jobs } = await asked({ 'id-n1': 44, 'id-n2': 44 });
    const until = Date.parse(jobs[0]?.spec.labels['bundle.job.until'] ?? '');
    expect(until - (jobs[0]?.at ?? 0)).toBeGreaterThanOrEqual(seconds * 1000);
  });
});
