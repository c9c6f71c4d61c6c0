import type { Style } from '../../ui/style.ts';
import type { CheckResult, CheckStatus } from '../result.ts';

/** `2 (k3x1…)`: the slot, which people know, and enough of the id to find the task. */
export function taskName(result: Pick<CheckResult, 'slot' | 'task'> | undefined): string {
  const id = result?.task?.slice(0, 12) ?? '-';
  return result?.slot === undefined ? id : `${String(result.slot)} (${id})`;
}

/**
 * What a result is of, in words that stay from one deployment to the next: slot or, of a task without one, node. A
 * task's id is new whenever it restarts, and whoever compares two reports would find no test of the first in the
 * second.
 */
export function lastingName({ service, task, slot, node }: CheckResult, between: string): string {
  const place = task === undefined ? undefined : (slot ?? node);
  return place === undefined ? service : `${service}${between}${String(place)}`;
}

/** Which task it was, to look it up; empty for a result of none. */
export function taskText({ task, node }: CheckResult): string {
  return task === undefined ? '' : `task ${task}${node === undefined ? '' : ` on ${node}`}`;
}

/** `ok`, `FAILED`, `unknown`, `not run` */
export function statusWord(status: CheckStatus): string {
  return { passed: 'ok', failed: 'FAILED', unsure: 'unknown', 'not-run': 'not run' }[status];
}

/** `ok` and the like in its colour; `-` for what is not looked at. */
export function markedStatus(status: CheckStatus | undefined, style: Style): string {
  return status === undefined ? style.dim('-') : inColour(status, statusWord(status), style);
}

/** ✔, ✘, ? and ○ in their colours. */
export function statusMark(status: CheckStatus, style: Style): string {
  return inColour(status, { passed: '✔', failed: '✘', unsure: '?', 'not-run': '○' }[status], style);
}

function inColour(status: CheckStatus, text: string, style: Style): string {
  return { passed: style.green, failed: style.red, unsure: style.yellow, 'not-run': style.dim }[status](text);
}

/** Which task, or whatever else, a result is of. */
export function resultName(result: CheckResult): string {
  const node = result.node === undefined ? '' : ` on ${result.node}`;
  return result.task === undefined ? result.service : `${result.service} task ${taskName(result)}${node}`;
}

/** Results of one task together, in the order they came; those of no task by what they are of. */
export function byTask(results: readonly CheckResult[]): CheckResult[][] {
  const rows = new Map<string, CheckResult[]>();
  for (const result of results) {
    const key = `${result.service} ${result.task ?? ''}`;
    rows.set(key, [...(rows.get(key) ?? []), result]);
  }
  return [...rows.values()];
}

/** What was not run, by its reason: if nothing can be asked inside, that is the same for every task. */
export function notRunByReason(
  results: readonly CheckResult[],
): { count: number; reason: string; checks: string[]; services: string[] }[] {
  const reasons = new Map<string, CheckResult[]>();
  for (const result of results)
    if (result.status === 'not-run') reasons.set(result.detail, [...(reasons.get(result.detail) ?? []), result]);
  return [...reasons].map(([reason, of]) => ({
    count: of.length,
    reason,
    checks: [...new Set(of.map(({ check }) => check))],
    services: [...new Set(of.map(({ service }) => service))],
  }));
}

/** `36 passed · 1 failed · 12 not run`, what is none left out; all passed says so in words. */
export function countsText(results: readonly CheckResult[], leftOut: number): string {
  const count = (status: CheckStatus): number => results.filter((result) => result.status === status).length;
  const said = (['failed', 'unsure', 'not-run'] as const).flatMap((status) =>
    count(status) === 0 ? [] : [`${count(status)} ${statusWord(status).toLowerCase()}`],
  );
  return [`${count('passed')} passed`, ...said, ...(leftOut === 0 ? [] : [`${leftOut} left out`])].join(' · ');
}
