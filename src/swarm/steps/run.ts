import { BundleError } from '../../errors.ts';
import type { Step } from './step.ts';

/**
 * Runs steps in order and stops at the first failure or at an interruption between two of them.
 * @throws BundleError of an interruption or a lost lock, with what was done and what was not
 */
export async function runSteps(steps: Step[], signal: AbortSignal, onStep: (step: Step) => void): Promise<void> {
  let done = 0;
  try {
    for (const step of steps) {
      signal.throwIfAborted();
      onStep(step);
      await step.run(signal);
      done += 1;
    }
  } catch (error) {
    if (!signal.aborted || !(error instanceof BundleError)) throw error;
    const { code, message, exit, hints, details } = error;
    throw new BundleError(code, `${message}\n${stateText(steps, done)}`, { exit, hints, details, cause: error });
  }
}

function stateText(steps: readonly Step[], done: number): string {
  const lines = (title: string, some: readonly Step[]): string[] =>
    some.length === 0 ? [] : [`${title}:`, ...some.map((step) => `  ${step.describe()}`)];
  return [...lines('done', steps.slice(0, done)), ...lines('not done, or not to its end', steps.slice(done))].join(
    '\n',
  );
}
