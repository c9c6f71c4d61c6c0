import { columns, fold } from '../../ui/layout.ts';
import type { Screen } from '../../ui/screen.ts';
import type { Style } from '../../ui/style.ts';
import { spanText } from '../../span.ts';
import { certificateName, type CheckResult, type CheckStatus, type Verification } from '../result.ts';
import { byTask, countsText, notRunByReason, statusMark } from './words.ts';

/** What is told of a verification beside its results. */
export interface About {
  /** The release that runs. */
  release?: number | undefined;
  /** How long it took. */
  elapsedMs?: number | undefined;
}

/**
 * A verification for people: a line a task with how many of its checks passed and its certificate, the reason of
 * everything that did not pass with what to do about it, what was not run by its reason, and last the counts.
 */
export function reportText(
  { stack, results, leftOut }: Verification,
  { style, width }: Screen,
  about: About = {},
): string {
  if (results.length === 0) return `${stack}: nothing was looked at${leftOut === 0 ? '' : `, ${leftOut} left out`}\n`;
  const tasks = new Set(results.flatMap((result) => result.task ?? [])).size;
  const head = [
    ...(about.release === undefined ? [] : [`release ${about.release}`]),
    `${results.length} checks on ${tasks} ${tasks === 1 ? 'task' : 'tasks'}`,
    ...(about.elapsedMs === undefined ? [] : [spanText(about.elapsedMs)]),
  ].join('   ');
  const rows = byTask(results).filter((row) => row.some(({ status }) => status !== 'not-run'));
  const several = new Set(rows.map(([first]) => first?.service).filter((name, at, all) => all.indexOf(name) !== at));
  const lines = [
    `${style.bold(stack)}  ${head}`,
    ...columns(
      rows.map((row) => taskRow(row, several, style)),
      width,
      '  ',
    ),
    ...notRunByReason(results).flatMap(({ count, reason, checks, services }) => {
      const who = services.length > 3 ? `${services.length} services` : services.join(', ');
      return fold(
        `  ${statusMark('not-run', style)} ${count} not run (${checks.join(', ')} of ${who}): ${reason}`,
        width,
        6,
      );
    }),
    style.bold(countsText(results, leftOut)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Mark and name, node, how many of its checks passed, and what is worth reading. */
function taskRow(row: readonly CheckResult[], several: ReadonlySet<string | undefined>, style: Style): string[] {
  const [first] = row;
  const slot = several.has(first?.service) && first?.slot !== undefined ? ` ${first.slot}` : '';
  const asked = row.filter(({ status }) => status !== 'not-run');
  const passed = asked.filter(({ status }) => status === 'passed').length;
  const faults = asked
    .filter(({ status }) => status === 'failed' || status === 'unsure')
    .map(
      ({ status, check, detail }) =>
        `${status === 'unsure' && passed < asked.length ? 'unknown: ' : ''}${check}: ${detail}`,
    );
  const hints = [...new Set(asked.flatMap(({ hint }) => (hint === undefined ? [] : [`→ ${hint}`])))];
  return [
    `${statusMark(worst(asked), style)} ${first?.service ?? ''}${slot}`,
    first?.node ?? '',
    `${passed}/${asked.length}`,
    [...faults, ...hints, ...evidence(asked)].join('\n'),
  ];
}

/** What is worth reading if all is well: whose certificate is shown, and that the members work together. */
function evidence(row: readonly CheckResult[]): string[] {
  const passed = row.filter(({ status }) => status === 'passed');
  const seen = new Map<string, string[]>();
  for (const { check, detail, certificate } of passed) {
    if (!certificate) continue;
    const protocol = /TLSv1\.\d/.exec(detail)?.[0];
    const text = `${protocol === undefined ? '' : `${protocol} `}${certificateName(certificate)}, ${certificate.daysLeft} days`;
    seen.set(text, [...(seen.get(text) ?? []), check]);
  }
  return [
    ...[...seen].map(([text, checks]) => `${checks.join(', ')}: ${text}`),
    ...passed.flatMap(({ check, detail }) => (check === 'quorum' ? [detail] : [])),
  ];
}

function worst(row: readonly CheckResult[]): CheckStatus {
  return (
    (['failed', 'unsure', 'passed'] as const).find((status) => row.some((one) => one.status === status)) ?? 'not-run'
  );
}
