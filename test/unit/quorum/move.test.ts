import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/plan/changes.ts';
import type { LabelChange } from '../../../src/plan/labels.ts';
import { moveServices } from '../../../src/quorum/move.ts';
import { createRedactor } from '../../../src/ui/redact.ts';
import { service } from '../compose/documents.ts';
import { FakeSwarm } from '../converge/fake-swarm.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';
import { changes } from './fake-ensemble.ts';

/** A member that moves from node1 to node2; its task ends after so many seconds. Gives when the labels moved. */
async function moved(endsAfter: number, onSwarm: (swarm: FakeSwarm) => void): Promise<number> {
  const clock = new VirtualClock();
  const swarm = new FakeSwarm(clock);
  const task = swarm.task(swarm.service('app'), { desiredState: 'shutdown' });
  swarm.at(endsAfter, () => swarm.enter(task, 'shutdown'));
  onSwarm(swarm);
  let movedAt = Number.NaN;
  const label = (action: 'add' | 'remove', node: string): LabelChange => ({
    ...{ action, node, nodeId: `id-${node}`, key: 'bundle.prod.app', when: 'move', services: ['app'], reason: '' },
  });
  await moveServices(['app'], {
    engine: {
      ...swarm.engine(),
      deployStack: async () => undefined,
      updateNodeLabels: async () => {
        movedAt = clock.elapsed() / 1000;
      },
    },
    document: { services: { app: service({}) }, networks: {}, secrets: {}, configs: {}, volumes: {} },
    plan: {
      services: changes('app restart'),
      labels: [label('remove', 'node1'), label('add', 'node2')],
    } as unknown as Plan,
    ...{ ensembles: [], rolling: [], ignore: [], environment: {}, gate: async () => [] },
    ...{ onStep: () => undefined, onLine: () => undefined },
    converge: { stack: 'prod', clock, timeoutMs: 300_000, redactor: createRedactor([]), expectations: [] },
  });
  return movedAt;
}

describe('a member that moves is started elsewhere', () => {
  it('once its task has ended', async () => {
    expect(await moved(20, () => undefined)).toBe(20);
  });

  it('not before, though its node is not heard of for a moment, as after an election', async () => {
    expect(
      await moved(20, (swarm) => {
        swarm.nodes[0]!.state = 'unknown';
        swarm.at(8, () => (swarm.nodes[0]!.state = 'ready'));
      }),
    ).toBe(20);
  });

  it('as soon as its node is down, of which nobody can tell', async () => {
    expect(
      await moved(200, (swarm) => {
        swarm.nodes[0]!.state = 'unknown';
        swarm.at(30, () => (swarm.nodes[0]!.state = 'down'));
      }),
    ).toBe(30);
  });
});
