import { DEFAULT_ENGINE } from '../../scripts/lab/engines.ts';
import { testEngine } from './test-engine.ts';

/**
 * What the names of this run's labs begin with: chosen by scripts/test.ts (test/support/runs.ts), or given by hand as
 * BUNDLE_TEST_LAB, at most 10 characters, so that two runs on one machine do not meet.
 */
const RUN = process.env['BUNDLE_TEST_LAB'] ?? 'test';

/**
 * How many test files that use a lab run side by side: lanes. BUNDLE_TEST_LANES gives another number; 1 is one file at
 * a time. With four, two cores took 2305 s in place of some 2650 for a whole run, which was green; in the next one two
 * of Kafka's longest began beside `proof`, which was red at a load of 73 and is green alone.
 */
export const LANES = Number(process.env['BUNDLE_TEST_LANES'] ?? 3);

/**
 * The id of a lab of this run's. A file that runs on two engines has a lab of each: the other one's ends with `o`.
 * @param name at most nine letters
 */
export const labId = (name: string, engine = testEngine()): string =>
  `${RUN}-${engine === DEFAULT_ENGINE ? name : `${name.slice(0, 8)}o`}`;

/** The id of the lab that the files of a lane share, one file at a time. Lanes are numbered from 1. */
export const laneLabId = (lane: number, engine = testEngine()): string => labId(`lane${lane}`, engine);
