import type { CheckResult, Level } from '../checks/check.ts';
import { createStyle } from '../ui/style.ts';
import type { CommandIo } from './io.ts';

/**
 * Checks as lines for people: one a check, and one a finding that matters.
 * @param show.all every check, as `bundle check` reports them; otherwise warnings and errors only, as before a deploy
 */
export function checkLines(results: CheckResult[], io: CommandIo, show: { all: boolean }): string[] {
  const style = createStyle(io.terminal ?? process.stderr, { color: io.color });
  const mark: Record<Level | 'skipped', string> = { ok: style.green('✔'), info: style.cyan('i'), warning: style.yellow('!'), error: style.red('✘'), skipped: style.dim('-') };
  const width = Math.max(...results.map((result) => result.title.length));
  return results.flatMap((result) => {
    if (result.level === 'skipped') return show.all ? [`${mark.skipped} ${result.title.padEnd(width)}  ${style.dim('not run: no swarm manager is reachable')}`] : [];
    const findings = result.findings.filter((finding) => show.all || finding.level === 'warning' || finding.level === 'error');
    return findings.flatMap((finding) => {
      const name = finding.level === 'error' || finding.level === 'warning' ? ` ${style.dim(result.ignored ? `(${result.name}, ignored)` : `(${result.name})`)}` : '';
      const line = `${mark[finding.level]} ${result.title.padEnd(width)}  ${finding.text}${name}`;
      return finding.hint === undefined ? [line] : [line, `  ${' '.repeat(width)}  ${style.dim(`→ ${finding.hint}`)}`];
    });
  });
}
