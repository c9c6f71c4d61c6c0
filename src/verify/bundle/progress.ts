import { namedChecks } from '../../bundle/own-expectations.ts';
import type { ProgressLine, Reporter } from '../../ui/reporter.ts';
import { WaitLines, type Waited } from '../../ui/wait-lines.ts';
import { resultName, statusWord } from '../report/words.ts';
import type { CheckResult } from '../result.ts';
import { QUORUM } from '../check-ensemble.ts';
import { upCheck } from '../tasks/check-task.ts';
import type { OpenChecks, StackVerifyOptions } from '../options.ts';

type Told = 'onResult' | 'onWaiting';
type VerifyProgress = { [Key in Told]: NonNullable<StackVerifyOptions[Key]> };

/**
 * Results as they come: on a terminal a table that fills in, with the reason of what is not well above it; else one
 * line each. And what is waited for, for how long yet.
 */
export function verifyProgress(
  reporter: Reporter,
  { expectations, ensembles }: Pick<StackVerifyOptions, 'expectations' | 'ensembles'>,
): VerifyProgress {
  const wait = new WaitLines(reporter);
  const tell = (result: CheckResult): void =>
    reporter.detail(`${statusWord(result.status)}  ${resultName(result)}  ${result.check}: ${result.detail}`);
  const openText = (open: readonly OpenChecks[]): string[] =>
    open.map(({ service, checks }) => `${service} ${checks.join(', ')}`);
  if (!reporter.live) return { onResult: tell, onWaiting: (open, waited) => wait.show([], openText(open), waited) };
  const rows = new Map<string, Map<string, CheckResult['status'] | undefined>>();
  for (const expectation of expectations) {
    const { service, replicas, job = false, looks } = expectation;
    const checks = [
      ...(looks.running ? [upCheck(job)] : []),
      ...namedChecks(expectation).map(({ name }) => name),
      ...(looks.secrets ? ['secrets'] : []),
    ];
    // Of what is told at the end alone there is nothing to show.
    if (checks.length === 0) continue;
    for (let slot = 1; slot <= replicas; slot++)
      rows.set(rowName(service, slot, replicas), new Map(checks.map((check) => [check, undefined])));
  }
  for (const { name } of ensembles) rows.set(`${name} ensemble`, new Map([[QUORUM, undefined]]));
  let last: [open: OpenChecks[], waited: Waited] | undefined;
  const show = (): void => {
    const lines = [...rows].map(([name, checks]) => progressLine(name, checks));
    if (last) wait.show(lines, openText(last[0]), last[1]);
    else reporter.progress(lines);
  };
  show();
  const onResult = (result: CheckResult): void => {
    const { service, slot, check, status } = result;
    if (status === 'failed' || status === 'unsure') tell(result);
    const replicas = expectations.find((each) => each.service === service)?.replicas ?? 1;
    const row = rows.get(rowName(service, slot, replicas)) ?? rows.get(`${service} ensemble`);
    row?.set(check, status);
    show();
  };
  const onWaiting = (open: OpenChecks[], waited: Waited): void => {
    last = [open, waited];
    show();
  };
  return { onResult, onWaiting };
}

/** A progress that is shown from `notBefore` on, with the results that came by then; at once if there is none. */
export function progressFrom(notBefore: Promise<void> | undefined, show: () => VerifyProgress): VerifyProgress {
  if (notBefore === undefined) return show();
  const came: CheckResult[] = [];
  let shown: VerifyProgress | undefined;
  void notBefore.then(() => {
    shown = show();
    for (const result of came) shown.onResult(result);
  });
  return {
    onResult: (result) => (shown === undefined ? void came.push(result) : shown.onResult(result)),
    onWaiting: (...waiting) => shown?.onWaiting(...waiting),
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
