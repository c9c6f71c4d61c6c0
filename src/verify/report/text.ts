import type { Style } from '../../ui/style.ts';
import { table } from '../../ui/table.ts';
import type { CheckResult, CheckStatus, Verification } from '../result.ts';

/**
 * A table with one row per task and one column per check, then the certificates that were seen, and the reason of
 * everything that did not pass.
 */
export function reportText({ stack, results, leftOut }: Verification, style: Style): string {
  // What is of no task is told below.
  const shown = results.filter((result) => result.task !== undefined);
  const checks = [...new Set(shown.map((result) => result.check))];
  const rows = byTask(shown);
  const head = ['SERVICE', 'TASK', 'NODE', ...checks.map((check) => check.toUpperCase())].map((cell) =>
    style.bold(cell),
  );
  const body = rows.map((row) => [
    row[0]?.service ?? '',
    taskName(row[0]),
    row[0]?.node ?? '-',
    ...checks.map((check) => word(row.find((result) => result.check === check)?.status, style)),
  ]);
  const told = results.filter(
    (result) => result.status === 'failed' || result.status === 'unsure' || isEvidence(result),
  );
  const reasons = [
    ...told.map((result) => `${word(result.status, style)}  ${resultName(result)}  ${result.check}: ${result.detail}`),
    ...notRun(results, style),
  ];
  const parts = [
    ...(body.length === 0 ? [] : [table([head, ...body])]),
    ...(reasons.length === 0 ? [] : [reasons.join('\n')]),
    summary(stack, results, leftOut),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What is worth reading where all is well. */
function isEvidence({ status, check, certificate }: CheckResult): boolean {
  return status === 'passed' && (certificate !== undefined || check === 'quorum');
}

/** `2 (k3x1…)`: the slot, which people know, and enough of the id to find the task. */
export function taskName(result: Pick<CheckResult, 'slot' | 'task'> | undefined): string {
  const id = result?.task?.slice(0, 12) ?? '-';
  return result?.slot === undefined ? id : `${String(result.slot)} (${id})`;
}

/** Results of one task together, in the order they came. */
function byTask(results: readonly CheckResult[]): CheckResult[][] {
  const rows = new Map<string, CheckResult[]>();
  for (const result of results) {
    const key = `${result.service} ${result.task ?? ''}`;
    rows.set(key, [...(rows.get(key) ?? []), result]);
  }
  return [...rows.values()];
}

/** `ok`, `FAILED`, `unsure`, `not run` */
export function statusWord(status: CheckStatus): string {
  return { passed: 'ok', failed: 'FAILED', unsure: 'unsure', 'not-run': 'not run' }[status];
}

/** Which task, or whatever else, a result is of. */
export function resultName(result: CheckResult): string {
  const node = result.node === undefined ? '' : ` on ${result.node}`;
  return result.task === undefined ? result.service : `${result.service} task ${taskName(result)}${node}`;
}

function word(status: CheckStatus | undefined, style: Style): string {
  if (status === undefined) return style.dim('-');
  return { passed: style.green, failed: style.red, unsure: style.yellow, 'not-run': style.dim }[status](
    statusWord(status),
  );
}

/** One line for each reason: where nothing can be asked inside, that is the same for every task. */
function notRun(results: readonly CheckResult[], style: Style): string[] {
  const reasons = new Map<string, CheckResult[]>();
  for (const result of results)
    if (result.status === 'not-run') reasons.set(result.detail, [...(reasons.get(result.detail) ?? []), result]);
  return [...reasons].map(([reason, of]) => {
    const checks = [...new Set(of.map(({ check }) => check))].join(', ');
    const tasks = [...new Set(of.map(({ service }) => service))];
    return (
      `${word('not-run', style)}  ${tasks.length > 3 ? `${tasks.length} services` : tasks.join(', ')}  ${checks}: ` +
      `${reason}`
    );
  });
}

function summary(stack: string, results: readonly CheckResult[], leftOut: number): string {
  const without = leftOut === 0 ? [] : [`${String(leftOut)} left out`];
  if (results.length === 0) return [`${stack}: nothing was looked at`, ...without].join(', ');
  const count = (status: CheckStatus): number => results.filter((result) => result.status === status).length;
  const tasks = new Set(results.flatMap((result) => result.task ?? [])).size;
  const open = count('not-run') === 0 ? [] : [`${String(count('not-run'))} not run`];
  const said = [
    `${String(count('passed'))} passed`,
    `${String(count('failed'))} failed`,
    `${String(count('unsure'))} could not be told`,
    ...open,
    ...without,
  ];
  return `${stack}: ${String(results.length)} checks on ${String(tasks)} tasks: ${said.join(', ')}`;
}
