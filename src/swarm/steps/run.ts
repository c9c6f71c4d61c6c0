import type { Step } from './step.ts';

/**
 * Runs steps in order and stops at the first failure or at an interruption between two of them.
 * @param told who is told of each step before it begins, and once it is done
 * @throws what a step throws; the signal's reason
 */
export async function runSteps(
  steps: Step[],
  signal: AbortSignal,
  told: { onStep?: (step: Step) => void; onDone?: (step: Step) => void } = {},
): Promise<void> {
  for (const step of steps) {
    signal.throwIfAborted();
    told.onStep?.(step);
    await step.run(signal);
    told.onDone?.(step);
  }
}
