import type { CheckResult, CheckStatus } from '../verify/result.ts';

const WORD: Readonly<Record<CheckStatus, string>> = {
  passed: 'passed',
  failed: 'failed',
  unsure: 'could not be told',
  'not-run': 'not asked',
};

/**
 * What the checks of a service came to, in one line: `passed running, TLS; not asked: registered`. Failures come with
 * their reasons.
 */
export function verdictText(results: readonly CheckResult[]): string {
  const of = (status: CheckStatus): CheckResult[] => results.filter((result) => result.status === status);
  const names = (status: CheckStatus): string[] => {
    const found = of(status).map(({ check }) => check);
    return found.length === 0 ? [] : [`${WORD[status]}: ${found.join(', ')}`];
  };
  const failed = of('failed').map(({ check, detail }) => `${check}: ${detail}`);
  return results.length === 0
    ? 'runs; it has no checks'
    : [...failed, ...names('passed'), ...names('unsure'), ...names('not-run')].join('; ');
}
