import { describe, expect, it } from 'vitest';
import {
  coverageLine,
  failures,
  joined,
  type Report,
  silentSkips,
  slowestFiles,
  totalsOf,
} from '../../../scripts/testing/report.ts';

const file = (name: string, seconds: number, tests: Record<string, string>, status = 'passed') => ({
  name: `/r/test/${name}`,
  status,
  startTime: 1000,
  endTime: 1000 + seconds * 1000,
  assertionResults: Object.entries(tests).map(([fullName, state]) => ({ fullName, status: state })),
});
const report = (...testResults: Report['testResults']): Report => {
  const states = testResults.flatMap((each) => each.assertionResults.map(({ status }) => status));
  const count = (...wanted: string[]) => states.filter((state) => wanted.includes(state)).length;
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('skipped', 'pending'),
    numTodoTests: count('todo'),
    testResults,
  };
};

describe('the report of a run', () => {
  it('lists the slowest files, slowest first, as many as are asked for', () => {
    const files = [1, 30, 2.25].map((seconds, index) => file(`${index}.test.ts`, seconds, {}));
    expect(slowestFiles(report(...files), '/r/', 2)).toEqual([
      '   30.0 s  test/1.test.ts',
      '    2.3 s  test/2.test.ts',
    ]);
  });

  it.each([
    [
      'a failed test',
      report(file('a', 1, { x: 'failed', y: 'passed' }, 'failed')),
      false,
      { passed: 1, failed: 1, skipped: 0 },
    ],
    [
      'a file that could not be loaded',
      report(file('a', 1, {}, 'failed'), file('b', 1, { y: 'skipped', z: 'todo' })),
      false,
      { passed: 0, failed: 1, skipped: 2 },
    ],
    ['a set-up that failed', report(file('a', 1, { x: 'passed' })), false, { passed: 1, failed: 1, skipped: 0 }],
    ['all is well', report(file('a', 1, { x: 'passed' })), true, { passed: 1, failed: 0, skipped: 0 }],
  ])('%s', (_what, given, ok, totals) => expect(totalsOf(given, ok)).toEqual(totals));

  it('adds up the parts of a run', () => {
    const parts = [
      report(file('a', 1, { x: 'passed', y: 'skipped' })),
      report(file('b', 2, { z: 'failed' }, 'failed')),
    ];
    expect(totalsOf(joined(parts), false)).toEqual({ passed: 1, failed: 1, skipped: 1 });
    expect(joined(parts).testResults.map(({ name }) => name)).toEqual(['/r/test/a', '/r/test/b']);
  });

  it('says the coverage in a line', () => {
    const part = (covered: number, total: number) => ({ covered, total, pct: (100 * covered) / total });
    expect(coverageLine({ total: { lines: part(9, 10), branches: part(1, 2), functions: part(4, 4) } })).toBe(
      'Covered by the unit tests: 90 % of 10 lines, 50 % of 2 branches, 100 % of 4 functions (src, stacks, secrets)',
    );
  });

  it('names what failed in a line each, with what was said first and last, without colours and without what is well', () => {
    const failed = file('a.test.ts', 1, { one: 'failed', two: 'passed' }, 'failed');
    const [first = expect.fail()] = failed.assertionResults;
    const given = report(
      {
        ...failed,
        assertionResults: [
          { ...first, failureMessages: ['\u001b[31mError: exit 4\u001b[39m\n  at x'] },
          ...failed.assertionResults.slice(1),
        ],
      },
      { ...file('b.test.ts', 1, {}, 'failed'), message: `Cannot find ${'x'.repeat(400)}` },
      file('c.test.ts', 1, { three: 'passed' }),
      {
        ...file('d.test.ts', 1, {}, 'failed'),
        assertionResults: [
          {
            fullName: 'four',
            status: 'failed',
            failureMessages: [
              'AssertionError:   ok  a\n  ok  b\nfailed  c\n  ok  d\n\nunsure  e\n  f\n  g\n  h\n: expected 7 to be +0\n    at x (y:1)',
            ],
          },
        ],
      },
    );
    expect(failures(given, '/r/')).toEqual([
      'test/a.test.ts > one: Error: exit 4',
      `test/b.test.ts: Cannot find ${'x'.repeat(300 - 'Cannot find '.length)} …`,
      'test/d.test.ts > four: failed  c / … /   f /   g /   h / : expected 7 to be +0',
    ]);
  });

  it('tells what was skipped without a committed reason', () => {
    const given = report(
      file('a.test.ts', 1, {
        'one is skipped': 'skipped',
        'two is later': 'todo',
        'three runs': 'passed',
        'four fails': 'failed',
      }),
      file('b.test.ts', 1, { 'one is skipped': 'pending' }),
    );
    const allowed = [{ file: 'test/a.test.ts', test: 'one', why: 'x' }];
    expect(silentSkips(given, '/r/', allowed)).toEqual([
      'test/a.test.ts > two is later',
      'test/b.test.ts > one is skipped',
    ]);
  });
});
