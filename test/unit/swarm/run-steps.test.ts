import { describe, expect, it } from 'vitest';
import { BundleError } from '../../../src/errors.ts';
import { runSteps } from '../../../src/swarm/steps/run.ts';
import type { Step } from '../../../src/swarm/steps/step.ts';

const steps = (run: (name: string) => void): Step[] =>
  ['make a', 'make b', 'make c'].map((name) => ({
    title: name,
    describe: () => name,
    run: async () => run(name),
  }));

describe('steps that are interrupted', () => {
  it('say what was done and what was not', async () => {
    const stop = new AbortController();
    const reason = new BundleError('interrupted', 'interrupted', { exit: 130 });
    const work = runSteps(
      steps((name) => {
        if (name === 'make b') stop.abort(reason);
      }),
      stop.signal,
      () => undefined,
    );
    await expect(work).rejects.toMatchObject({
      code: 'interrupted',
      exit: 130,
      message: 'interrupted\ndone:\n  make a\n  make b\nnot done, or not to its end:\n  make c',
    });
  });

  it('leave a failure of a step as it is', async () => {
    const failure = new BundleError('engine-conflict', 'no');
    const work = runSteps(
      steps(() => {
        throw failure;
      }),
      new AbortController().signal,
      () => undefined,
    );
    await expect(work).rejects.toBe(failure);
  });
});
