import type { Kind, Round } from './choose.ts';

/** What became of a round. */
export interface RoundReport {
  round: Round;
  /** Processes that were really killed while they ran, by command. */
  kills: Partial<Record<'deploy' | 'rollback' | 'destroy' | 'init', number>>;
  /** Engines that were killed. */
  faults: number;
  /** What was done and where it hit, in order. */
  events: string[];
  violations: string[];
  seconds: number;
}

/** One line. */
export function roundLine({ round, events, violations, seconds }: RoundReport): string {
  const what = round.kind === 'deploy' ? `deploy ${round.blows[0]?.change ?? ''}` : round.kind;
  return (
    `#${round.number} ${what}: ${events.join('; ')} (${seconds.toFixed(1)} ` +
    `s)${violations.length === 0 ? ': ok' : ''}`
  );
}

/** The last lines of a run, and whether nothing was wrong. */
export function summary(
  reports: readonly RoundReport[],
  seed: number,
  seconds: number,
): { text: string; good: boolean } {
  const kills = new Map<string, number>();
  const rounds = new Map<Kind, number>();
  for (const report of reports) {
    rounds.set(report.round.kind, (rounds.get(report.round.kind) ?? 0) + 1);
    for (const [command, count] of Object.entries(report.kills)) kills.set(command, (kills.get(command) ?? 0) + count);
  }
  const bad = reports.reduce((sum, { violations }) => sum + violations.length, 0);
  const list = (counts: Map<string, number>): string =>
    [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
  return {
    good: bad === 0,
    text: [
      `seed ${seed}: ${reports.length} rounds (${list(rounds)}) in ${(seconds / 60).toFixed(1)} min`,
      `killed: ${list(kills)}; engines killed: ${reports.reduce((sum, { faults }) => sum + faults, 0)}`,
      `violations: ${bad}`,
    ].join('\n'),
  };
}

/** Kills of `bundle deploy` itself: those that are counted against the number asked for. */
export const deployKills = (reports: readonly RoundReport[]): number =>
  reports.reduce((sum, { kills }) => sum + (kills.deploy ?? 0), 0);
