import { DEFAULT_ENGINE } from '../../scripts/lab/engines.ts';
import { testEngine } from './test-engine.ts';

/**
 * What the names of this run's labs begin with: chosen by scripts/test.ts (test/support/runs.ts), or given by hand as
 * BUNDLE_TEST_LAB, at most 10 characters, so that two runs on one machine do not meet.
 */
const RUN = process.env['BUNDLE_TEST_LAB'] ?? 'test';

/**
 * How many test files that use a lab run side by side: lanes, of which one rests beside a heavy file.
 * BUNDLE_TEST_LANES gives another number, 1 one at a time.
 */
export const LANES = Number(process.env['BUNDLE_TEST_LANES'] ?? 4);

/** What the registry of each lane's lab has, and whose layers engines start with (shared-lab.ts). */
export const LANE_IMAGES = ['manager', 'agent', 'mysql', 'zookeeper'] as const;

/**
 * The swarm files of Kafka's brokers, which start a JVM for each broker and each tool: two cores serve one such file.
 * With two or three of them side by side loads of 64 to 73 were seen, everything took three times as long, and what
 * answers within a limit when it runs alone did not. They run one after another in the first lane (`isHeavy`), as do
 * those of test/long. Longest first.
 */
export const HEAVY = ['kafka-lies', 'kafka-roll', 'kafka', 'kafka-apart', 'kafka-image'];

/** Whether a test file is one of Kafka's brokers. @param path of the file */
export const isHeavy = (path: string): boolean => /\/kafka[^/]*\.test\.ts$/.test(path);

/** Files that use a lab and may wait at the same time, so that waiting heavy ones leave no lane without a file. */
export const LAB_WORKERS = LANES + HEAVY.length - 1;

/**
 * The id of a lab of this run's. A file that runs on two engines has a lab of each: the other one's ends with `o`.
 * @param name at most nine letters
 */
export const labId = (name: string, engine = testEngine()): string =>
  `${RUN}-${engine === DEFAULT_ENGINE ? name : `${name.slice(0, 8)}o`}`;

/** The id of the lab that the files of a lane share, one file at a time. Lanes are numbered from 1. */
export const laneLabId = (lane: number, engine = testEngine()): string => labId(`lane${lane}`, engine);
