/**
 * Everything that must pass: types, lint, build, then all tests, the lab's included. `npm test`, or `npm test --
 * test/unit/bundle` for a part. Ends with the ten slowest files and one plain line `N passed, N failed` over all of it.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandLine, parseOrExit } from './command-line.ts';
import { unsupportedReason } from './lab/lab.ts';
import { watchClocks } from './testing/clocks.ts';
import { clearLabs, thisRun } from './testing/labs.ts';
import {
  type AllowedSkip,
  type CoverageSummary,
  coverageLine,
  failures,
  joined,
  type Report,
  silentSkips,
  slowestFiles,
  type Totals,
  totalsOf,
} from './testing/report.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** As they came: vitest reads them too. */
const args = process.argv.slice(2);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Every child of this run names its labs so. */
const env = { ...process.env, BUNDLE_TEST_LAB: thisRun };

/** @param quiet its output is shown when it has ended, so that two may run side by side */
function execute(title: string, argv: string[], { quiet = false } = {}): Promise<boolean> {
  const started = performance.now();
  if (!quiet) print(`\n== ${title}`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argv, {
      cwd: root,
      env,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    const stop = () => child.kill('SIGTERM');
    process.on('SIGTERM', stop);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('close', (code) => {
      process.off('SIGTERM', stop);
      print(
        `${said}== ${title}: ${code === 0 ? 'ok' : `FAILED (${code})`} in ` +
          `${((performance.now() - started) / 1000).toFixed(1)} s`,
      );
      resolve(code === 0);
    });
  });
}

/** What is counted as covered or not. */
const COVERED = ['src', 'stacks', 'secrets'];

/** Runs vitest. @returns its report; undefined if it wrote none */
async function vitest(title: string, argv: string[], dir: string): Promise<{ ok: boolean; report?: Report }> {
  const file = join(dir, `${title}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${file}`];
  const ok = await execute(title, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...argv]);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return { ok, ...(text !== undefined && { report: JSON.parse(text) as Report }) };
}

/** Everything: the unit tests with their coverage, then what needs the built command or a lab. */
async function whole(dir: string): Promise<{ ok: boolean; report?: Report }[]> {
  const coverage = [
    ...['--coverage.enabled', '--coverage.provider=v8', '--coverage.reporter=json-summary'],
    ...['--coverage.reportOnFailure', `--coverage.reportsDirectory=${join(dir, 'coverage')}`],
    ...COVERED.map((folder) => `--coverage.include=${folder}/**/*.ts`),
  ];
  return [
    await vitest('unit tests', ['--project=unit', '--project=programs', ...coverage], dir),
    await vitest('tests of the built command', ['--project=transcripts', '--project=swarm*'], dir),
  ];
}

async function tests(): Promise<Totals> {
  const dir = await mkdtemp(join(tmpdir(), 'bundle-test-'));
  try {
    const runs = args.length > 0 ? [await vitest('tests', args, dir)] : await whole(dir);
    const reports = runs.flatMap(({ report }) => report ?? []);
    if (reports.length < runs.length) return { passed: 0, failed: 1, skipped: 0 };
    const report = joined(reports);
    const totals = totalsOf(
      report,
      runs.every(({ ok }) => ok),
    );
    print(['\nThe slowest files:', ...slowestFiles(report, root)].join('\n'));
    const coverage = await readFile(join(dir, 'coverage/coverage-summary.json'), 'utf8').catch(() => undefined);
    if (coverage !== undefined) print(`\n${coverageLine(JSON.parse(coverage) as CoverageSummary)}`);
    const failed = failures(report, root);
    if (failed.length > 0) print(['\nFailed:', ...failed].join('\n'));
    // A part that was asked for by name skips the rest of its files.
    const allowed = JSON.parse(await readFile(join(root, 'test/allowed-skips.json'), 'utf8')) as AllowedSkip[];
    const silent = args.length > 0 ? [] : silentSkips(report, root, allowed);
    if (silent.length > 0) print(['\nSkipped, and not in test/allowed-skips.json:', ...silent].join('\n'));
    return process.env['BUNDLE_NO_SKIPS'] === '1' ? { ...totals, failed: totals.failed + silent.length } : totals;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

// Ctrl-C ends the child; this process stays to clear up.
process.on('SIGINT', () => undefined);
const ABOUT =
  'Everything that must pass: types, lint, build, then all tests; with arguments, the build and those tests.';
const command = commandLine('test', ABOUT)
  .argument('[files...]', 'only test files whose path holds one of these')
  .option('--project <names...>', 'only unit, programs, transcripts, swarm or swarm-20.10')
  .option('-t, --testNamePattern <pattern>', 'only tests whose name matches')
  .option('--bail <n>', 'stop after so many failures');
parseOrExit(command);
const why = unsupportedReason();
const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
const count = (ok: boolean) => (ok ? totals.passed++ : totals.failed++);

const endWatch = watchClocks((line) => print(`*** ${line} ***`));
if (why === undefined) await clearLabs(print);
if (args.length === 0) {
  const types = execute('types', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'], { quiet: true });
  const lint = execute('lint', ['node_modules/eslint/bin/eslint.js', '.'], { quiet: true });
  const format = execute('format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'], {
    quiet: true,
  });
  for (const ok of await Promise.all([types, lint, format])) count(ok);
}
count(await execute('build', ['scripts/build.mjs']));
const ran = await tests();
if (why === undefined) await clearLabs(print);
for (const key of ['passed', 'failed', 'skipped'] as const) totals[key] += ran[key];

const strange = endWatch();
if (strange.length > 0) print(['\nThe machine:', ...strange].join('\n'));
if (why !== undefined)
  print(`\n*** THE LAB TESTS WERE SKIPPED: ${why} ***\n*** Nothing that touches a real engine was tested. ***`);
print(`\n${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`);
process.exit(totals.failed > 0 ? 1 : 0);
