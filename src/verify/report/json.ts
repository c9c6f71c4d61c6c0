import type { CheckResult, Verification } from '../result.ts';

export interface JsonReport {
  stack: string;
  verdict: 'passed' | 'failed' | 'unsure';
  exitCode: number;
  results: CheckResult[];
  leftOut: number;
}

/** The report as a value, for `--json` and `--format json`. */
export function reportJson({ stack, exit, results, leftOut }: Verification): JsonReport {
  return { stack, verdict: exit === 0 ? 'passed' : exit === 5 ? 'failed' : 'unsure', exitCode: exit, results, leftOut };
}
