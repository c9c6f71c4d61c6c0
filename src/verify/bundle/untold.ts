import { isEngineTrouble } from '../../engine/port.ts';
import { EXIT } from '../../errors.ts';
import type { CheckResult } from '../result.ts';

/**
 * What is read after the tasks were looked at; an engine that refuses it, or is away for a moment, does not take what
 * is known of the tasks away.
 *
 * @param of what the results of the reading are of
 * @returns its results; in their place one that it could not be told, or is not run where a proxy or a plugin before
 *   the engine refuses it each time
 * @throws all that is no trouble of the engine: a signal's reason, a bug
 */
export async function orUntold(
  of: Pick<CheckResult, 'service' | 'check'>,
  reading: () => Promise<CheckResult[]>,
): Promise<CheckResult[]> {
  try {
    return await reading();
  } catch (error) {
    if (!isEngineTrouble(error)) throw error;
    const status = error.exit === EXIT.preflight ? 'not-run' : 'unsure';
    return [{ ...of, status, detail: error.message }];
  }
}
