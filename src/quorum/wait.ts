import { converge } from '../converge/converge.ts';
import type { ConvergeOptions } from '../converge/options.ts';
import { convergenceError } from '../converge/outcome.ts';
import type { Engine, SwarmService } from '../engine/port.ts';
import type { BundleError } from '../errors.ts';

/**
 * Waits until these services run for their window.
 * @param before the stack's services before they were deployed
 * @returns what keeps them from it; undefined if they run
 */
export async function waitFor(
  engine: Engine,
  services: readonly string[],
  before: readonly SwarmService[] | undefined,
  options: ConvergeOptions,
): Promise<BundleError | undefined> {
  const outcomes = await converge(engine, { ...options, only: services, ...(before === undefined ? {} : { before }) });
  return convergenceError(options.stack, outcomes);
}
