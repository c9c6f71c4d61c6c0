import { EXIT } from '../../errors.ts';
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
  return {
    stack,
    verdict: exit === EXIT.done ? 'passed' : exit === EXIT.verification ? 'failed' : 'unsure',
    exitCode: exit,
    results,
    leftOut,
  };
}
