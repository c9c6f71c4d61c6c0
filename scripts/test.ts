/**
 * Everything that must pass: types, lint, build, then all tests, the lab's included. `npm test`, or `npm test -- test/unit/bundle` for a part.
 * Ends with one plain line `N passed, N failed` over all of it.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { down, unsupportedReason } from './lab/lab.ts';
import { labId } from '../test/support/lab-id.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The labs that tests bring up; each takes its own down, and here what a killed run left behind. */
const TEST_LABS = ['shared', 'selftest', 'killed', 'engine', 'plan', 'converge', 'images', 'kafka', 'ensemble', 'placement', 'chaos'].map(labId);

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

function execute(title: string, argv: string[], env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const started = Date.now();
  process.stdout.write(`\n== ${title}\n`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argv, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    const stop = () => child.kill('SIGTERM');
    process.on('SIGTERM', stop);
    child.on('close', (code) => {
      process.off('SIGTERM', stop);
      process.stdout.write(`== ${title}: ${code === 0 ? 'ok' : `FAILED (${code})`} in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
      resolve(code === 0);
    });
  });
}

async function vitest(args: string[]): Promise<Totals> {
  const dir = await mkdtemp(join(tmpdir(), 'bundle-test-'));
  const report = join(dir, 'report.json');
  try {
    const ok = await execute('tests', ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile=${report}`, ...args]);
    const text = await readFile(report, 'utf8').catch(() => undefined);
    if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
    const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(text);
    const failedFiles = (testResults as { status: string; assertionResults: { status: string }[] }[]).filter(
      (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
    ).length;
    const failed = numFailedTests + failedFiles;
    // A run that failed without a failed test (a set-up, an unhandled error) is a failure all the same.
    return { passed, failed: failed === 0 && !ok ? 1 : failed, skipped: numPendingTests + numTodoTests };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

// Ctrl-C ends the child; this process stays to clear up.
process.on('SIGINT', () => undefined);
const args = process.argv.slice(2);
const why = unsupportedReason();
const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
const count = (ok: boolean) => (ok ? totals.passed++ : totals.failed++);

if (args.length === 0) {
  count(await execute('types', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.']));
  count(await execute('lint', ['node_modules/eslint/bin/eslint.js', '.']));
}
count(await execute('build', ['scripts/build.mjs']));
const tests = await vitest(args);
if (why === undefined) for (const id of TEST_LABS) await down(id);
for (const key of ['passed', 'failed', 'skipped'] as const) totals[key] += tests[key];

if (why !== undefined) process.stdout.write(`\n*** THE LAB TESTS WERE SKIPPED: ${why} ***\n*** Nothing that touches a real engine was tested. ***\n`);
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}\n`);
process.exit(totals.failed > 0 ? 1 : 0);
