import type { SecretChange } from '../bundle/secret-changes.ts';
import type { Key } from '../bundle/keys.ts';
import { getAt, leaves, sameValue, type Tree } from '../bundle/paths-access.ts';
import type { StackPlan } from '../sdk/definition.ts';
import { fold } from '../ui/layout.ts';
import { answersOf, applies, contextOf, type Session } from './session.ts';
import { textOf } from './value-text.ts';

export interface SummaryLine {
  label: string;
  text: string;
  /** True if this run changes it. */
  changed: boolean;
}

/** Lines in groups; a group is a section of bundle.yaml, or the secrets. */
export type Summary = SummaryLine[][];

/** What will be written: answers by their path, in schema order. Of an existing bundle, what changes is marked. */
export function answersSummary(keys: readonly Key[], answers: Tree, before: Tree | undefined): Summary {
  const groups = new Map<string, SummaryLine[]>();
  const paths = new Set([...leaves(answers), ...leaves(before ?? {})].map(([path]) => path));
  for (const { path } of keys) {
    if (!paths.has(path) || path === 'version' || path === 'stack') continue;
    const value = getAt(answers, path);
    const old = before === undefined ? undefined : getAt(before, path);
    const changed = before !== undefined && !sameValue(value, old);
    const text =
      value === undefined
        ? 'taken out'
        : changed && old !== undefined
          ? `${textOf(old)} → ${textOf(value)}`
          : textOf(value);
    const [group = ''] = path.split('.');
    groups.set(group, [...(groups.get(group) ?? []), { label: path, text, changed }]);
  }
  return [...groups.values()];
}

/** What becomes of each secret, without a word of its content. */
export function secretsSummary(changes: SecretChange[], now: Date): SummaryLine[] {
  return changes.map((change) => ({
    label: change.need.secret,
    text: secretText(change, now),
    changed: change.act !== 'keep',
  }));
}

export function secretText(change: SecretChange, now: Date): string {
  const { kind, options } = change.need;
  const { title } = kind;
  const version = change.version > 1 ? ` (version ${change.version})` : '';
  switch (change.act) {
    case 'keep':
      return `kept, version ${change.version}${change.onDisk ? '' : ', not on this machine'}`;
    case 'generate': {
      const made = kind.outline?.(options, now);
      return `new ${title}${made === undefined ? '' : `, ${made}`}${version}${change.why === undefined ? '' : `, since ${change.why}`}`;
    }
    case 'restore':
      return `from ${change.from}, as locked (version ${change.version})`;
    case 'take':
      return `from ${change.from}${ends(change)}${version}`;
    case 'adopt':
      return change.replaces === undefined
        ? `from secrets/${ends(change)}${version}`
        : `replaced by hand in secrets/${ends(change)}: becomes version ${change.version}`;
  }
}

function ends({ need, material }: Extract<SecretChange, { act: 'take' | 'adopt' }>): string {
  const { notAfter } = need.kind.describe(material);
  return notAfter === undefined ? '' : `, until ${notAfter.slice(0, 10)}`;
}

/** The summary as text: aligned, long values folded under themselves, a blank line between groups. */
export function formatSummary(
  groups: Summary,
  style: { dim: (text: string) => string; cyan: (text: string) => string; bold: (text: string) => string },
  columns: number,
): string {
  const width = Math.max(...groups.flat().map(({ label }) => label.length));
  const at = width + 5;
  const line = ({ label, text, changed }: SummaryLine): string => {
    const [first = '', ...rest] = fold(' '.repeat(at) + text, columns, at);
    const shown = [first.slice(at), ...rest].map((each) => (changed ? style.cyan(each) : each));
    return `  ${style.dim(label.padEnd(width))}   ${shown.join('\n')}`;
  };
  return groups.map((group) => group.map(line).join('\n')).join('\n\n');
}

/** What the questions remark on the answers. */
export function remarks(session: Session): string[] {
  const answers = answersOf(session);
  const context = contextOf(answers, session.nodes);
  return session.questions.flatMap((question) => {
    const text = applies(question, answers, session.nodes) ? question.remark?.(context) : undefined;
    return text === undefined ? [] : [text];
  });
}

/** Risks of these answers, as the definition sees them. */
export function warnings(plan: StackPlan): string[] {
  return plan.notices
    .filter(({ level }) => level === 'warning')
    .map(({ text, hint }) => (hint === undefined ? text : `${text}; ${hint}`));
}
