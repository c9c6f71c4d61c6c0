import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 } },
      { test: { name: 'transcripts', include: ['test/transcripts/**/*.test.ts'], globalSetup: ['test/support/built-cli.ts'], testTimeout: 60_000 } },
      {
        // Real engines: one file at a time, or 2 cores thrash and time limits mean nothing.
        test: {
          name: 'swarm',
          include: ['test/swarm/**/*.test.ts'],
          globalSetup: ['test/support/built-cli.ts', 'test/support/shared-lab.ts'],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
