import { BundleError, EXIT, messageOf, usageError } from '../errors.ts';
import type { Check, CheckContext, CheckResult, Finding, Level } from './check.ts';
import { checks } from './index.ts';

const ORDER: Level[] = ['ok', 'info', 'not-run', 'unsure', 'warning', 'error'];

/**
 * Runs all checks and reports all; one that throws is a failed check, not a crash.
 * @param ignore names whose errors do not count
 * @throws BundleError (exit 2) for an unknown name in `ignore`
 */
export async function runChecks(context: CheckContext, ignore: string[]): Promise<CheckResult[]> {
  const unknown = ignore.find((name) => !checks.some((check) => check.name === name));
  if (unknown !== undefined) {
    throw usageError('unknown-check', `--ignore ${unknown}: there is no such check`, [`checks: ${checks.map((check) => check.name).join(', ')}`]);
  }
  return Promise.all(checks.map((check) => runOne(check, context, ignore.includes(check.name))));
}

async function runOne(check: Check, context: CheckContext, ignored: boolean): Promise<CheckResult> {
  const { name, title } = check;
  if (!check.offline && !context.live) return { name, title, level: 'skipped', ignored, findings: [] };
  let findings: Finding[];
  try {
    findings = await check.run(context);
  } catch (error) {
    findings = [{ level: 'error', text: messageOf(error), ...(error instanceof BundleError && error.hints[0] ? { hint: error.hints[0] } : {}) }];
  }
  const level = findings.reduce<Level>((worst, { level: each }) => (ORDER.indexOf(each) > ORDER.indexOf(worst) ? each : worst), 'ok');
  return { name, title, level, ignored, findings };
}

export const failed = (results: CheckResult[]): CheckResult[] => results.filter((result) => result.level === 'error' && !result.ignored);

/** Throws (exit 3) where a check failed that is not ignored. */
export function requirePassed(results: CheckResult[]): void {
  const broken = failed(results);
  if (broken.length === 0) return;
  throw new BundleError('check-failed', `${broken.length === 1 ? 'a check' : `${broken.length} checks`} failed: ${broken.map(({ name }) => name).join(', ')}`, {
    exit: EXIT.preflight,
    hints: ['nothing was changed', 'mend it, or go on all the same with `--ignore NAME`'],
    details: { checks: results },
  });
}
