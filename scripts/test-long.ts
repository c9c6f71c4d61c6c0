/**
 * What takes too long for each `npm test`, which runs a part of it: `npm run test:long`. Every pair of answers on the
 * lab (`npm run matrix`), a hundred kills (`npm run chaos`), what networks, disks and clocks do (test/long), and Kafka
 * on the oldest engine, one after the other; ends with the time of each, and with 1 if one of them failed.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { commandLine, parseOrExit } from './command-line.ts';
import { thisRun } from './testing/labs.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const VITEST = ['node_modules/vitest/vitest.mjs', 'run', '--project'];
const SUITES: Readonly<Record<string, { argv: readonly string[]; env?: NodeJS.ProcessEnv }>> = {
  matrix: { argv: ['--import', 'tsx', 'scripts/matrix.ts'] },
  chaos: { argv: ['--import', 'tsx', 'scripts/chaos.ts'] },
  faults: { argv: [...VITEST, 'long'] },
  'kafka on 20.10': { argv: [...VITEST, 'swarm', 'test/swarm/kafka'], env: { BUNDLE_TEST_ENGINE: '20.10' } },
};

/** Runs a script to its end. Gives its line for the end, and whether it went well. */
function play(
  suite: string,
  { argv, env }: { argv: readonly string[]; env?: NodeJS.ProcessEnv },
): Promise<{ ok: boolean; line: string }> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, {
      cwd: root,
      env: { ...process.env, BUNDLE_TEST_LAB: thisRun, BUNDLE_TEST_LONG: '1', ...env },
      stdio: 'inherit',
    });
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({
        ok: code === 0,
        line:
          `${suite}: ${code === 0 ? 'ok' : `FAILED (${String(code)})`} in ` +
          `${((performance.now() - started) / 60_000).toFixed(1)} min`,
      }),
    );
  });
}

parseOrExit(
  commandLine(
    'test:long',
    'The suites that take too long for each npm test: every pair of answers, a hundred kills, faults, and Kafka on Engine 20.10.',
  ),
);
// Ctrl-C ends the suite that runs, which takes its lab down, and no other begins.
let stopped = false;
process.on('SIGINT', () => void (stopped = true));
const played: { ok: boolean; line: string }[] = [];
for (const [suite, run] of Object.entries(SUITES)) if (!stopped) played.push(await play(suite, run));
process.stdout.write(`\n${played.map(({ line }) => line).join('\n')}\n`);
process.exit(stopped || played.some(({ ok }) => !ok) ? 1 : 0);
