import { afterAll, expect } from 'vitest';
import { unsupportedReason } from '../../scripts/lab/lab.ts';
import { isHeavy } from './lab-id.ts';
import { endAllLeft } from './left-commands.ts';
import { takeLane } from './take-lane.ts';

/**
 * Waits until this test file may run beside the others: every file that brings up a lab, or uses one, calls it before
 * its first hook. Kafka's brokers want the cores while they start, so those files run one after another (isHeavy).
 *
 * @returns the lane, which the file keeps until its last hook has run; undefined where no lab can run
 */
export async function takeTurn(): Promise<number | undefined> {
  if (unsupportedReason() !== undefined) return undefined;
  const path = expect.getState().testPath ?? '';
  const { lane, free } = await takeLane({ heavy: isHeavy(path) });
  // Registered before any hook of the file, so it runs after all of them.
  afterAll(() => endAllLeft().finally(free));
  return lane;
}
