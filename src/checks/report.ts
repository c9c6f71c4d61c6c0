import type { Engine } from '../engine/port.ts';
import { RELEASE_KIND } from '../release/record.ts';
import type { CheckContext, PreflightResult, Level } from './check.ts';
import { isOnceASwarm, runChecks } from './run.ts';
import { columns } from '../ui/layout.ts';
import { reporterOf, type Terminal } from '../ui/reporter.ts';
import type { Screen } from '../ui/screen.ts';

/** Levels that matter before a deploy, and whose check is named for --ignore. */
const COUNTS: readonly Level[] = ['unsure', 'warning', 'error'];

/**
 * Checks as lines for people that fit the screen: one a check, and one a finding that matters.
 * @param show.all every check, as `bundle check` reports them on standard output; otherwise what is wrong or not known
 *   only, as before a deployment
 */
export function checkLines(results: PreflightResult[], { style, width }: Screen, show: { all: boolean }): string[] {
  const mark: Record<Level | 'skipped', string> = {
    ok: style.green('✔'),
    info: style.cyan('i'),
    'not-run': style.dim('-'),
    unsure: style.yellow('?'),
    warning: style.yellow('!'),
    error: style.red('✘'),
    skipped: style.dim('-'),
  };
  const rows = results.flatMap(({ name, title, level, ignored, findings }) => {
    if (level === 'skipped')
      return show.all ? [[`${mark.skipped} ${title}`, style.dim('not run: no swarm manager is reachable')]] : [];
    const told = findings.filter((finding) => show.all || COUNTS.includes(finding.level));
    return told.map((finding) => {
      const word = COUNTS.includes(finding.level) ? ` ${style.dim(ignored ? `(${name}, ignored)` : `(${name})`)}` : '';
      const hint = finding.hint === undefined ? [] : [style.dim(`→ ${finding.hint}`)];
      return [`${mark[finding.level]} ${title}`, [`${finding.text}${word}`, ...hint].join('\n')];
    });
  });
  return columns(rows, width);
}

/**
 * The results that are worth a word before this stack is changed: what is about the swarm was said when bundle first
 * worked on it.
 */
export async function worthSaying(
  results: PreflightResult[],
  found: { liveSecrets: readonly unknown[]; engine: Pick<Engine, 'configs'> },
): Promise<PreflightResult[]> {
  const known = found.liveSecrets.length > 0 || (await found.engine.configs({ kind: RELEASE_KIND })).length > 0;
  return known ? results.filter(({ name, level }) => level === 'error' || !isOnceASwarm(name)) : results;
}

/**
 * Runs the checks, and says on standard error what they wait for. @throws BundleError (exit 2) for an unknown name in
 * `ignore`; the signal's reason
 */
export async function tellingChecks(
  context: CheckContext,
  ignore: string[],
  io: Terminal & { json: boolean; signal: AbortSignal },
): Promise<PreflightResult[]> {
  const reporter = reporterOf(io);
  try {
    const told = { onWaiting: (text: string) => reporter.progress([{ name: 'checks', text, state: 'waiting' }]) };
    return await runChecks(context, ignore, { signal: io.signal, ...(io.json ? {} : told) });
  } finally {
    if (!io.json) reporter.endProgress();
  }
}
