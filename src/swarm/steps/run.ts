import { interruptedWith } from '../../ui/interrupted.ts';
import type { Step } from './step.ts';

/**
 * Runs steps in order and stops at the first failure or at an interruption between two of them.
 * @param told who is told of each step before it begins, and once it is done
 * @throws what a step throws; BundleError of an interruption or a lost lock, with what was done and what was not
 */
export async function runSteps(
  steps: Step[],
  signal: AbortSignal,
  told: { onStep?: (step: Step) => void; onDone?: (step: Step) => void } = {},
): Promise<void> {
  let done = 0;
  try {
    for (const step of steps) {
      signal.throwIfAborted();
      told.onStep?.(step);
      await step.run(signal);
      done += 1;
      told.onDone?.(step);
    }
  } catch (error) {
    throw signal.aborted ? interruptedWith(error, { words: stateText(steps, done) }) : error;
  }
}

function stateText(steps: readonly Step[], done: number): string {
  const lines = (title: string, some: readonly Step[]): string[] =>
    some.length === 0 ? [] : [`${title}:`, ...some.map((step) => `  ${step.describe()}`)];
  return [...lines('done', steps.slice(0, done)), ...lines('not done, or not to its end', steps.slice(done))].join(
    '\n',
  );
}
