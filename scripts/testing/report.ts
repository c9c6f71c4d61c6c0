/** What vitest's JSON report says of a run: totals, the slowest files, what failed, what was skipped. Pure. */
import { stripVTControlCharacters } from 'node:util';

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of the report that is read here (vitest.dev/guide/reporters#json-reporter). Times are in milliseconds. */
export interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    status: string;
    startTime: number;
    endTime: number;
    /** Of a file that could not be loaded. */
    message?: string;
    assertionResults: { fullName: string; status: string; failureMessages?: string[] | null }[];
  }[];
}

/**
 * @param ok whether vitest ended with 0: a run that failed without a failed test (a set-up, an unhandled error) is a
 * failure nevertheless
 */
export function totalsOf(report: Report, ok: boolean): Totals {
  const files = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + files.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !ok ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Several reports as one: of the parts of a run. */
export function joined(reports: readonly Report[]): Report {
  const sum = (of: (report: Report) => number): number => reports.reduce((total, report) => total + of(report), 0);
  return {
    numPassedTests: sum((each) => each.numPassedTests),
    numFailedTests: sum((each) => each.numFailedTests),
    numPendingTests: sum((each) => each.numPendingTests),
    numTodoTests: sum((each) => each.numTodoTests),
    testResults: reports.flatMap((each) => each.testResults),
  };
}

/** The part of a coverage summary that is read here (istanbul's `json-summary`). */
export interface CoverageSummary {
  total: Record<'lines' | 'branches' | 'functions', { covered: number; total: number; pct: number }>;
}

/** A coverage summary in one line. */
export const coverageLine = ({ total }: CoverageSummary): string =>
  `Covered by the unit tests: ${(['lines', 'branches', 'functions'] as const)
    .map((what) => `${total[what].pct} % of ${total[what].total} ${what}`)
    .join(', ')} (src, stacks, secrets)`;

/** The files that took longest, longest first, as lines. */
export function slowestFiles({ testResults }: Report, root: string, count = 10): string[] {
  const took = ({ startTime, endTime }: Report['testResults'][number]): number => (endTime - startTime) / 1000;
  const slowest = [...testResults].sort((a, b) => took(b) - took(a)).slice(0, count);
  return slowest.map((file) => `${took(file).toFixed(1).padStart(7)} s  ${below(root, file.name)}`);
}

/**
 * What failed, a line a test with the first and the last lines of its message, without rows that are well: what vitest
 * says of each is long, and of a log that is cut only the end may be left.
 */
export function failures({ testResults }: Report, root: string): string[] {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap((file) => {
      const failed = file.assertionResults.filter(({ status }) => status === 'failed');
      const name = below(root, file.name);
      return failed.length === 0
        ? [`${name}: ${essence(file.message ?? '')}`]
        : failed.map((test) => `${name} > ${test.fullName}: ${essence(test.failureMessages?.[0] ?? '')}`);
    });
}

const LONGEST_LINE = 300;
const LAST_LINES = 4;
/** A frame of a stack. */
const FRAME = /^\s+at /;
/** A row of `verify` or `check` that is well. */
const WELL = /^(\w+: )?\s*ok\s/;

function essence(text: string): string {
  const all = stripVTControlCharacters(text).trim().split('\n');
  const frame = all.findIndex((line) => FRAME.test(line));
  const said = all.slice(0, frame === -1 ? all.length : frame).filter((line) => line.trim() !== '' && !WELL.test(line));
  const lines = said.length > LAST_LINES + 1 ? [...said.slice(0, 1), '…', ...said.slice(-LAST_LINES)] : said;
  return lines.map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} …` : line)).join(' / ');
}

/** A committed reason for a test that may be skipped: its file below the root, and the beginning of its full name. */
export interface AllowedSkip {
  file: string;
  test: string;
  why: string;
}

/** The skipped tests that no entry allows, as `file > name`. */
export function silentSkips({ testResults }: Report, root: string, allowed: readonly AllowedSkip[]): string[] {
  return testResults.flatMap((file) => {
    const name = below(root, file.name);
    const skipped = file.assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed');
    return skipped
      .filter(({ fullName }) => !allowed.some((one) => one.file === name && fullName.startsWith(one.test)))
      .map(({ fullName }) => `${name} > ${fullName}`);
  });
}

const below = (root: string, file: string): string =>
  file.startsWith(root) ? file.slice(root.length).replace(/^\//, '') : file;
