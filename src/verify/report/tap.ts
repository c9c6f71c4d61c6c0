import { lastingName, taskText } from './words.ts';
import type { CheckResult, CheckStatus, Verification } from '../result.ts';

/**
 * TAP version 13. "Could not tell" is not ok, and says so in its block; "not run" is ok with the directive SKIP, as TAP
 * has it; what was left out is a comment.
 */
export function reportTap({ results, leftOut }: Verification): string {
  const well = (status: CheckStatus): boolean => status === 'passed' || status === 'not-run';
  const lines = results.flatMap((result, index) => [
    `${well(result.status) ? 'ok' : 'not ok'} ${String(index + 1)} - ` +
      `${escape(title(result))}${result.status === 'not-run' ? ` # SKIP ${escape(result.detail)}` : ''}`,
    ...(well(result.status)
      ? []
      : [
          '  ---',
          `  status: ${result.status}`,
          `  reason: ${JSON.stringify(result.detail)}`,
          ...task(result),
          '  ...',
        ]),
  ]);
  const left = leftOut === 0 ? [] : [`# ${String(leftOut)} left out`];
  return ['TAP version 13', `1..${String(results.length)}`, ...lines, ...left, ''].join('\n');
}

function task(result: CheckResult): string[] {
  return result.task === undefined ? [] : [`  task: ${JSON.stringify(taskText(result).replace(/^task /, ''))}`];
}

function title(result: CheckResult): string {
  const node = result.node === undefined || result.task !== undefined ? '' : ` on ${result.node}`;
  return `${lastingName(result, ' ')}${node}: ${result.check}`;
}

/** A `#` would begin a directive such as TODO, which turns a failure into a pass. */
function escape(text: string): string {
  return text.replace(/[\\#]/g, (character) => `\\${character}`).replace(/\s+/g, ' ');
}
