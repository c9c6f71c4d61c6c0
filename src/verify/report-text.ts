import type { Style } from '../ui/style.ts';
import { table } from '../ui/table.ts';
import type { CheckResult, CheckStatus, Verification } from './result.ts';

/** A table with one row per task and one column per check, then the reason of everything that did not pass. */
export function reportText({ stack, results }: Verification, style: Style): string {
  const checks = [...new Set(results.map((result) => result.check))].filter((check) => check !== 'tasks');
  const rows = byTask(results.filter((result) => result.check !== 'tasks'));
  const head = ['SERVICE', 'TASK', 'NODE', ...checks.map((check) => check.toUpperCase())].map((cell) => style.bold(cell));
  const body = rows.map((row) => [
    row[0]?.service ?? '', taskName(row[0]), row[0]?.node ?? '-',
    ...checks.map((check) => word(row.find((result) => result.check === check)?.status, style)),
  ]);
  const open = results.filter((result) => result.status !== 'passed');
  const reasons = open.map((result) => `${word(result.status, style)}  ${where(result)}  ${result.check}: ${result.detail}`);
  const parts = [...(body.length === 0 ? [] : [table([head, ...body])]), ...(reasons.length === 0 ? [] : [reasons.join('\n')]), summary(stack, results)];
  return `${parts.join('\n\n')}\n`;
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

function word(status: CheckStatus | undefined, style: Style): string {
  switch (status) {
    case 'passed': return style.green('ok');
    case 'failed': return style.red('FAILED');
    case 'unsure': return style.yellow('unsure');
    default: return style.dim('-');
  }
}

function where(result: CheckResult): string {
  const node = result.node === undefined ? '' : ` on ${result.node}`;
  return result.task === undefined ? result.service : `${result.service} task ${taskName(result)}${node}`;
}

function summary(stack: string, results: readonly CheckResult[]): string {
  if (results.length === 0) return `${stack}: nothing was looked at`;
  const count = (status: CheckStatus): number => results.filter((result) => result.status === status).length;
  const tasks = new Set(results.flatMap((result) => result.task ?? [])).size;
  const said = [`${String(count('passed'))} passed`, `${String(count('failed'))} failed`, `${String(count('unsure'))} could not be told`];
  return `${stack}: ${String(results.length)} checks on ${String(tasks)} tasks: ${said.join(', ')}`;
}
