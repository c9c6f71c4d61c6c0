import { describe, expect, it } from 'vitest';
import { BundleError } from '../../../src/errors.ts';
import { systemClock } from '../../../src/swarm/clock.ts';
import { runSteps } from '../../../src/swarm/steps/run.ts';
import type { Step } from '../../../src/swarm/steps/step.ts';

const steps = (run: (name: string) => void): Step[] =>
  ['make a', 'make b', 'make c'].map((name) => ({
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
    );
    await expect(work).rejects.toMatchObject({
      code: 'interrupted',
      exit: 130,
      message: 'interrupted\ndone:\n  make a\n  make b\nnot done, or not to its end:\n  make c',
    });
  });

  it('say it of a lost lock too, and of a pause that is broken off', async () => {
    const stop = new AbortController();
    const pausing: Step = {
      describe: () => 'wait',
      run: async (signal) => {
        const pauses = systemClock.sleep(60_000, signal);
        stop.abort(new BundleError('lock-lost', 'stopped: the lock is lost', { exit: 8, hints: ['see who'] }));
        await pauses;
      },
    };
    await expect(runSteps([...steps(() => undefined), pausing], stop.signal)).rejects.toMatchObject({
      code: 'lock-lost',
      exit: 8,
      hints: ['see who'],
      message: 'stopped: the lock is lost\ndone:\n  make a\n  make b\n  make c\nnot done, or not to its end:\n  wait',
    });
  });

  it('tell of each step before it begins and once it is done', async () => {
    const seen: string[] = [];
    await runSteps(
      steps((name) => seen.push(name)),
      new AbortController().signal,
      {
        onStep: (step) => seen.push(`before ${step.describe()}`),
        onDone: (step) => seen.push(`after ${step.describe()}`),
      },
    );
    expect(seen).toEqual(['a', 'b', 'c'].flatMap((n) => [`before make ${n}`, `make ${n}`, `after make ${n}`]));
  });

  it('leave a failure of a step as it is', async () => {
    const failure = new BundleError('engine-conflict', 'no');
    const work = runSteps(
      steps(() => {
        throw failure;
      }),
      new AbortController().signal,
    );
    await expect(work).rejects.toBe(failure);
  });
});
