import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LAB_WORKERS } from './test/support/lab-id.ts';
import { LongestFirst } from './test/support/longest-first.ts';

const CORES = availableParallelism();

/** One worker for each core, all files of a worker in one process, which imports the sources once. */
const computing = {
  pool: 'threads' as const,
  isolate: false,
  maxWorkers: CORES,
  testTimeout: 120_000,
  hookTimeout: 60_000,
};

/**
 * Real engines, after everything that computes. A swarm test mostly waits (monitor windows, elections, late reports): a
 * cluster that is deployed, looked at and removed takes some 33 s and 10 CPU seconds, so one file at a time leaves the
 * cores idle for most of the run. Cores thrash if files share one lab and its ports, or if all start at once; here each
 * lane has a lab of its own and takes one file at a time, the longest first (longest-first.ts), and Kafka's files share
 * a lane (`isHeavy`). Time limits say when a test hangs, not how fast it is: they leave room for the other lanes. What
 * is measured in a test is measured in the swarm's own times, or against a limit several times as long as what is seen
 * with all lanes busy.
 */
const onEngines = {
  globalSetup: ['test/support/built-cli.ts', 'test/support/shared-lab.ts'],
  sequence: { groupOrder: 1 },
  maxWorkers: LAB_WORKERS,
  testTimeout: 900_000,
  hookTimeout: 1_200_000,
};

/** What an engine of another age may answer in its own way; these files run on the oldest one as well. */
const ON_OLDEST = ['main-job', 'plan', 'converge', 'failures', 'by-hand', 'jobs', 'ports'].map(
  (name) => `test/swarm/${name}.test.ts`,
);
const OLDEST = '20.10';

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts', 'test/screens/**/*.test.ts'],
          // What was transformed is kept for the next run, by the hash of its text, of this file and of the lockfile: a
          // quarter of the time. Only without a global set-up: what one throws is then not told (vitest 4.1.12).
          experimental: { fsModuleCache: true },
          ...computing,
        },
      },
      // What takes seconds for a file: other programs (OpenSSL, Java, docker's CLI, a shell), servers, terminals, keys.
      {
        test: {
          name: 'programs',
          include: ['test/programs/**/*.test.ts'],
          globalSetup: ['test/support/tools.ts'],
          ...computing,
        },
      },
      {
        test: {
          name: 'transcripts',
          include: ['test/transcripts/**/*.test.ts'],
          globalSetup: ['test/support/built-cli.ts'],
          maxWorkers: CORES,
          testTimeout: 60_000,
        },
      },
      { test: { name: 'swarm', include: ['test/swarm/**/*.test.ts'], ...onEngines } },
      // Too long for each run: `npm run test:long`.
      ...(process.env['BUNDLE_TEST_LONG'] === '1'
        ? [{ test: { name: 'long', include: ['test/long/**/*.test.ts'], ...onEngines } }]
        : []),
      // Unless all is asked of one engine.
      ...(process.env['BUNDLE_TEST_ENGINE'] === undefined
        ? [
            {
              test: {
                name: `swarm-${OLDEST}`,
                include: ON_OLDEST,
                env: { BUNDLE_TEST_ENGINE: OLDEST },
                ...onEngines,
              },
            },
          ]
        : []),
    ],
  },
});
