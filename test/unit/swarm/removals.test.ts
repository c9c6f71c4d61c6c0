import { describe, expect, it } from 'vitest';
import type { Engine, SwarmTask } from '../../../src/engine/port.ts';
import { BundleError } from '../../../src/errors.ts';
import { labelNodes } from '../../../src/swarm/steps/label-node.ts';
import { removeService } from '../../../src/swarm/steps/remove-service.ts';
import { task } from '../../support/check-context.ts';

const { signal } = new AbortController();
const refuse = (code: string) => () => Promise.reject(new BundleError(code, 'the engine refused'));

describe('a service that the plan takes away', () => {
  const step = (engine: Partial<Engine>) => removeService(engine as Engine, 'prod', { id: 's1', name: 'prod_web' });

  it('may be gone by then, and its tasks are still awaited', async () => {
    const rounds: SwarmTask[][] = [[task('s1', 'n1'), task('s2', 'n1')], [task('s2', 'n1')]];
    const asked: number[] = [];
    const tasks = async () => {
      asked.push(asked.length);
      return rounds.shift() ?? [];
    };
    await step({ removeService: refuse('engine-not-found'), tasks }).run(signal);
    expect(asked).toHaveLength(2);
  });

  it('is awaited although the engine was away for a moment', async () => {
    const answers = [refuse('engine-unreachable'), async () => []];
    await expect(
      step({ removeService: async () => undefined, tasks: async () => (await answers.shift()?.()) ?? [] }).run(signal),
    ).resolves.toBeUndefined();
    expect(answers).toEqual([]);
  });

  it('is no less a failure if it stays', async () => {
    const tasks = async () => [];
    const run = step({ removeService: refuse('engine-error'), tasks }).run(signal);
    await expect(run).rejects.toMatchObject({ code: 'engine-error' });
  });
});

describe('labels of a node that has left the swarm', () => {
  const label = (action: 'add' | 'remove', code = 'engine-not-found') =>
    labelNodes({ updateNodeLabels: refuse(code) } as Partial<Engine> as Engine, [
      { action, nodeId: 'x', node: 'n1', key: 'bundle.prod.web' },
    ])[0]?.run(signal);

  it('are gone with it', async () => {
    await expect(label('remove')).resolves.toBeUndefined();
    await expect(label('remove', 'engine-error')).rejects.toMatchObject({ code: 'engine-error' });
  });

  it('cannot be put on it', async () => {
    await expect(label('add')).rejects.toMatchObject({ code: 'engine-not-found' });
  });
});
