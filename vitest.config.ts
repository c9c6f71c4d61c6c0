import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LANES } from './test/support/lab-id.ts';
import { LongestFirst } from './test/support/longest-first.ts';

/**
 * Unit tests compute: one worker for each core, all files of a worker in one process, which imports the sources once.
 */
const CORES = availableParallelism();

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts', 'test/screens/**/*.test.ts'],
          globalSetup: ['test/support/tools.ts'],
          pool: 'threads',
          isolate: false,
          maxWorkers: CORES,
          testTimeout: 30_000,
          hookTimeout: 60_000,
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
      {
        // Real engines, after everything that computes. A swarm test mostly waits (monitor windows, elections, late
        // reports), so one file at a time left the cores idle for most of the run. Two cores thrash if files share one
        // lab and its ports, or if all start at once; here each lane has a lab of its own and takes one file at a time,
        // the longest first (longest-first.ts). Time limits say when a test hangs, not how fast it is: they leave room
        // for the other lanes. What is measured in a test is measured in the swarm's own times, or against a limit
        // several times as long as what is seen with all lanes busy.
        test: {
          name: 'swarm',
          include: ['test/swarm/**/*.test.ts'],
          globalSetup: ['test/support/built-cli.ts', 'test/support/shared-lab.ts'],
          sequence: { groupOrder: 1 },
          maxWorkers: LANES,
          testTimeout: 240_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
