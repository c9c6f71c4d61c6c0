import type { TestProject } from 'vitest/node';

type Teardown = () => Promise<void>;
type SetUp = (project: TestProject) => Promise<Teardown | undefined | void>;

/**
 * A global set-up, with its teardown, that says itself why it failed: where transformed modules are kept, Vitest 4.1.12
 * tells another error in its place (findings/vitest-kept-modules-lose-the-set-up-error.sh).
 */
export function told(setUp: SetUp): SetUp {
  const telling = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      // Not its stack: to make that fails.
      process.stderr.write(`global set-up: ${error instanceof Error ? error.message : String(error)}\n`);
      throw error;
    }
  };
  return async (project) => {
    const teardown = await telling(() => setUp(project));
    return teardown && (() => telling(teardown));
  };
}
