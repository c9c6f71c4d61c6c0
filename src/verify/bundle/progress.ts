import type { ProgressLine, Reporter } from '../../ui/reporter.ts';
import { resultName, statusWord } from '../report/text.ts';
import type { CheckResult } from '../result.ts';
import type { VerifyOptions } from '../verify.ts';

/** Results as they come: on a terminal a table that fills in, else one line each. */
export function verifyProgress(
  reporter: Reporter,
  { expectations, ensembles }: Pick<VerifyOptions, 'expectations' | 'ensembles'>,
): (result: CheckResult) => void {
  if (!reporter.live)
    return (result) =>
      reporter.detail(`${statusWord(result.status)}  ${resultName(result)}  ${result.check}: ${result.detail}`);
  const rows = new Map<string, Map<string, CheckResult['status'] | undefined>>();
  for (const { service, replicas, logs, endpoints, looks } of expectations) {
    const checks = [
      ...(looks.running ? ['running'] : []),
      ...[...logs, ...endpoints].map(({ name }) => name),
      ...(looks.secrets ? ['secrets'] : []),
    ];
    for (let slot = 1; slot <= replicas; slot++)
      rows.set(rowName(service, slot, replicas), new Map(checks.map((check) => [check, undefined])));
  }
  for (const { name } of ensembles) rows.set(`${name} ensemble`, new Map([['quorum', undefined]]));
  const show = (): void => reporter.progress([...rows].map(([name, checks]) => progressLine(name, checks)));
  show();
  return ({ service, slot, check, status }) => {
    const replicas = expectations.find((each) => each.service === service)?.replicas ?? 1;
    const row = rows.get(rowName(service, slot, replicas)) ?? rows.get(`${service} ensemble`);
    row?.set(check, status);
    show();
  };
}

function rowName(service: string, slot: number | undefined, replicas: number): string {
  return replicas === 1 || slot === undefined ? service : `${service} ${slot}`;
}

/** A terminal is narrow: what is done is a number, what is not well and what is still waited for has its name. */
function progressLine(name: string, checks: ReadonlyMap<string, CheckResult['status'] | undefined>): ProgressLine {
  const of = (wanted: CheckResult['status'] | undefined): string[] =>
    [...checks].filter(([, status]) => status === wanted).map(([check]) => check);
  const waiting = of(undefined);
  const told = (['failed', 'unsure', 'not-run'] as const).flatMap((status) =>
    of(status).length === 0 ? [] : [`${statusWord(status)} ${of(status).join(', ')}`],
  );
  const text = [
    `${of('passed').length}/${checks.size} ok`,
    ...told,
    ...(waiting.length === 0 ? [] : [`… ${waiting.join(', ')}`]),
  ].join('; ');
  return { name, text, state: of('failed').length > 0 ? 'failed' : waiting.length > 0 ? 'waiting' : 'done' };
}
