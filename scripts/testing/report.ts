/** What vitest's JSON report says of a run: totals, the slowest files, what was skipped. Pure. */

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
    assertionResults: { fullName: string; status: string }[];
  }[];
}

/**
 * @param ok whether vitest ended with 0: a run that failed without a failed test (a set-up, an unhandled error) is a
 * failure all the same
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

/** The files that took longest, longest first, as lines. */
export function slowestFiles({ testResults }: Report, root: string, count = 10): string[] {
  const took = ({ startTime, endTime }: Report['testResults'][number]): number => (endTime - startTime) / 1000;
  const slowest = [...testResults].sort((a, b) => took(b) - took(a)).slice(0, count);
  return slowest.map((file) => `${took(file).toFixed(1).padStart(7)} s  ${below(root, file.name)}`);
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
