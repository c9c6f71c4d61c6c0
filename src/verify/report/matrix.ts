import type { Style } from '../../ui/style.ts';
import { table } from '../../ui/table.ts';
import type { CheckResult, Verification } from '../result.ts';
import { byTask, countsText, notRunByReason, resultName, markedStatus, taskName } from './words.ts';

/**
 * A verification as its full matrix (`--wide`): a row a task and a column a check, then the whole of each certificate
 * that was seen and the reason of everything that did not pass. As wide as it needs.
 */
export function reportMatrix({ stack, results, leftOut }: Verification, style: Style): string {
  // What is of no task is told below.
  const shown = results.filter((result) => result.task !== undefined);
  const checks = [...new Set(shown.map((result) => result.check))];
  const head = ['SERVICE', 'TASK', 'NODE', ...checks.map((check) => check.toUpperCase())].map((cell) =>
    style.bold(cell),
  );
  const body = byTask(shown).map((row) => [
    row[0]?.service ?? '',
    taskName(row[0]),
    row[0]?.node ?? '-',
    ...checks.map((check) => markedStatus(row.find((result) => result.check === check)?.status, style)),
  ]);
  const told = results.filter(
    (result) => result.status === 'failed' || result.status === 'unsure' || isEvidence(result),
  );
  const reasons = [
    ...told.map((result) => [
      markedStatus(result.status, style),
      resultName(result),
      `${result.check}: ${result.detail}${result.hint === undefined ? '' : ` → ${result.hint}`}`,
    ]),
    ...notRunByReason(results).map(({ reason, checks: of, services }) => [
      markedStatus('not-run', style),
      services.length > 3 ? `${services.length} services` : services.join(', '),
      `${of.join(', ')}: ${reason}`,
    ]),
  ];
  const tasks = new Set(results.flatMap((result) => result.task ?? [])).size;
  const parts = [
    ...(body.length === 0 ? [] : [table([head, ...body])]),
    ...(reasons.length === 0 ? [] : [table(reasons)]),
    `${stack}: ${results.length} checks on ${tasks} ${tasks === 1 ? 'task' : 'tasks'}: ${countsText(results, leftOut)}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function isEvidence({ status, check, certificate }: CheckResult): boolean {
  return status === 'passed' && (certificate !== undefined || check === 'quorum');
}
