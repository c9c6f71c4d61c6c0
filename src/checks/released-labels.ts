import { BundleError, EXIT } from '../errors.ts';
import { wasEverGood } from '../release/choose.ts';
import type { Release } from '../release/record.ts';
import { readHistory } from '../release/store.ts';
import type { LiveSwarm } from './check.ts';

/**
 * The node labels of the newest release whose tasks ran, so that they tell where volumes are; none if the records
 * cannot be read.
 * @param orAny if no release was ever found good, as of who never verifies: those of the newest one
 * @throws BundleError that of an interruption
 */
export async function releasedLabels(
  { engine }: LiveSwarm,
  stack: string,
  { orAny = false } = {},
): Promise<Release['nodeLabels']> {
  try {
    const { releases } = await readHistory(engine, stack);
    return (releases.find(wasEverGood) ?? (orAny ? releases[0] : undefined))?.nodeLabels ?? [];
  } catch (error) {
    if (error instanceof BundleError && error.exit !== EXIT.interrupted) return [];
    throw error;
  }
}
