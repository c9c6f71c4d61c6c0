import { interruptedWith } from '../../ui/interrupted.ts';
import type { Step } from './step.ts';

/** Who is told of each step before it begins, and once it is done. */
interface Listeners {
  onStep?: (step: Step) => void;
  onDone?: (step: Step) => void;
}

/**
 * Runs steps in order and stops at the first failure or at an interruption between two of them.
 * @throws what a step throws, and the signal’s reason
 */
export async function runEach(steps: readonly Step[], signal: AbortSignal, told: Listeners = {}): Promise<void> {
  for (const step of steps) {
    signal.throwIfAborted();
    told.onStep?.(step);
    await step.run(signal);
    told.onDone?.(step);
  }
}

/**
 * The same for steps that are all there is to do.
 * @throws what a step throws; BundleError of an interruption or a lost lock, with what was done and what was not
 */
export async function runSteps(steps: readonly Step[], signal: AbortSignal, told: Listeners = {}): Promise<void> {
  let done = 0;
  try {
    await runEach(steps, signal, {
      ...told,
      onDone: (step) => {
        done += 1;
        told.onDone?.(step);
      },
    });
  } catch (error) {
    throw signal.aborted ? interruptedWith(error, { words: accountOf(steps, done) }) : error;
  }
}

/**
 * Which of the steps were done and which were not, in several lines. @param done how many of them, from the first on
 */
export function accountOf(steps: readonly Step[], done: number): string {
  const lines = (title: string, some: readonly Step[]): string[] =>
    some.length === 0 ? [] : [`${title}:`, ...some.map((step) => `  ${step.describe()}`)];
  return [...lines('done', steps.slice(0, done)), ...lines('not done, or not to its end', steps.slice(done))].join(
    '\n',
  );
}
