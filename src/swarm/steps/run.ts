import type { Step } from './step.ts';

/** Runs steps in order and stops at the first failure or at an interruption between two of them. */
export async function runSteps(steps: Step[], signal: AbortSignal, onStep: (step: Step) => void): Promise<void> {
  for (const step of steps) {
    signal.throwIfAborted();
    onStep(step);
    await step.run(signal);
  }
}
