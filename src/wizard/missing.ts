import { usageError, type BundleError } from '../errors.ts';
import { helpOf, type Missing } from './collect.ts';
import { secretInput } from './session.ts';
import { setText } from './value-text.ts';

/** One missing answer as data for `--json`. */
export interface MissingAnswer {
  path: string;
  meaning: string;
  /** How to give it. */
  how: string;
  default?: unknown;
  /** Why an answer is needed, or the default does not fit. */
  why?: string;
}

function missingAnswer(missing: Missing): MissingAnswer {
  const { question, why } = missing;
  const { path, message } = question;
  return {
    path,
    meaning: `${message.replace(/[?.]$/, '')}. ${helpOf(missing)}`,
    how: `--set ${path}=${example(missing)}`,
    ...(missing.hasDefault ? { default: missing.default } : {}),
    ...(why === undefined ? {} : { why }),
  };
}

function example({ question, hasDefault, default: value }: Missing): string {
  if (hasDefault) return setText(value);
  if (secretInput(question) !== undefined) return 'FILE';
  switch (question.ask) {
    case 'nodes':
      return question.single ? 'NODE' : 'NODE,NODE';
    case 'confirm':
      return 'true';
    case 'number':
      return 'NUMBER';
    case 'select':
      return (question.choices ?? []).map((choice) => choice.value).join('|');
    default:
      return 'VALUE';
  }
}

/**
 * The refusal (exit 2) that lists what is missing: path, meaning, how to give it.
 * @param notes lines on what stands in the way of a default, such as an engine that could not be reached
 */
export function missingError(missing: Missing[], notes: string[]): BundleError {
  const needed = missing.filter((each) => !each.hasDefault).map(missingAnswer);
  const optional = missing.filter((each) => each.hasDefault).map(missingAnswer);
  const lines: string[] = [];
  if (needed.length > 0) {
    lines.push(needed.length === 1 ? 'an answer is missing:' : `${needed.length} answers are missing:`);
    for (const { path, meaning, how, why } of needed) {
      lines.push('', `  ${path}${why === undefined ? '' : `: ${why}`}`, `      ${meaning}`, `      ${how}`);
    }
  }
  if (optional.length > 0) {
    if (lines.length > 0) lines.push('');
    lines.push(
      `${optional.length === 1 ? 'an answer was not given and has a default' : `${optional.length} answers were not given and have a default`}, ` +
        'which --yes takes:',
    );
    const width = Math.max(...optional.map(({ path }) => path.length));
    for (const each of optional) lines.push(`  ${each.path.padEnd(width)}  ${setText(each.default)}`);
  }
  const hints = [
    ...notes,
    'give answers by --set PATH=VALUE or --answers FILE (the same keys as bundle.yaml), or run this on a terminal',
    ...(optional.length > 0 ? ['--yes takes the defaults'] : []),
  ];
  return usageError('missing-answers', lines.join('\n'), hints, { missing: [...needed, ...optional] });
}
