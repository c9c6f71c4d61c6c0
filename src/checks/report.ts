import type { CheckContext, CheckResult, Level } from './check.ts';
import { runChecks } from './run.ts';
import { createStyle } from '../ui/style.ts';
import { reporterOf, type Terminal } from '../ui/reporter.ts';

/** Levels that matter before a deploy, and whose check is named for --ignore. */
const COUNTS: readonly Level[] = ['unsure', 'warning', 'error'];

/**
 * Checks as lines for people: one a check, and one a finding that matters.
 * @param show.all every check, as `bundle check` reports them; otherwise what is wrong or not known only, as before a
 *   deploy
 */
export function checkLines(results: CheckResult[], io: Terminal, show: { all: boolean }): string[] {
  const style = createStyle(io.terminal ?? process.stderr, { color: io.color });
  const mark: Record<Level | 'skipped', string> = {
    ok: style.green('✔'),
    info: style.cyan('i'),
    'not-run': style.dim('-'),
    unsure: style.yellow('?'),
    warning: style.yellow('!'),
    error: style.red('✘'),
    skipped: style.dim('-'),
  };
  const width = Math.max(...results.map((result) => result.title.length));
  return results.flatMap((result) => {
    if (result.level === 'skipped')
      return show.all
        ? [`${mark.skipped} ${result.title.padEnd(width)}  ${style.dim('not run: no swarm manager is reachable')}`]
        : [];
    const findings = result.findings.filter((finding) => show.all || COUNTS.includes(finding.level));
    return findings.flatMap((finding) => {
      const name = COUNTS.includes(finding.level)
        ? ` ${style.dim(result.ignored ? `(${result.name}, ignored)` : `(${result.name})`)}`
        : '';
      const line = `${mark[finding.level]} ${result.title.padEnd(width)}  ${finding.text}${name}`;
      return finding.hint === undefined ? [line] : [line, `  ${' '.repeat(width)}  ${style.dim(`→ ${finding.hint}`)}`];
    });
  });
}

/**
 * Runs the checks, and says on standard error what they wait for. @throws BundleError (exit 2) for an unknown name in
 * `ignore`
 */
export async function tellingChecks(
  context: CheckContext,
  ignore: string[],
  io: Terminal & { json: boolean },
): Promise<CheckResult[]> {
  if (io.json) return runChecks(context, ignore);
  const reporter = reporterOf(io);
  try {
    return await runChecks(context, ignore, {
      onWaiting: (text) => reporter.progress([{ name: 'checks', text, state: 'waiting' }]),
    });
  } finally {
    reporter.endProgress();
  }
}
