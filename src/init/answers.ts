import { validateAnswers, type Bundle } from '../bundle/parse.ts';
import { BundleError, usageError } from '../errors.ts';
import type { StackDefinition } from '../sdk/definition.ts';
import type { Key } from '../bundle/keys.ts';
import { keyLines, type KeyLines } from '../bundle/key-lines.ts';
import { FILE } from '../bundle/names.ts';
import { getAt, leaves, sameValue, withoutAt, type Tree } from '../bundle/paths-access.ts';
import { editAnswers, formatAnswers } from '../bundle/write-answers.ts';
import { answersOf, type Session } from '../wizard/session.ts';
import type { Existing } from './existing.ts';

export interface Answered {
  bundle: Bundle;
  /** What bundle.yaml says: the answers, without defaults that nobody asked for. */
  answers: Tree;
  text: string;
  keys: readonly Key[];
}

/**
 * The session's answers as a valid bundle and as the text of bundle.yaml. @throws BundleError (exit 2) that lists every
 * fault
 */
export function finishAnswers(session: Session, existing: Pick<Existing, 'text' | 'answers'> | undefined): Answered {
  const answers = existing ? withoutNews(answersOf(session), existing.answers, session.keys) : answersOf(session);
  const bundle = validated(answers, session.definition, existing && keyLines(existing.text));
  if (!existing)
    return { bundle, answers, keys: session.keys, text: formatAnswers(session.keys, answers, FILE.schema) };
  const unset = leaves(existing.answers)
    .map(([path]) => path)
    .filter((path) => getAt(answers, path) === undefined);
  return { bundle, answers, keys: session.keys, text: editAnswers(existing.text, session.keys, answers, unset) };
}

/** The faults are the answers', whichever way they came; there may be no file yet. */
function validated(answers: Tree, definition: StackDefinition, lines?: KeyLines): Bundle {
  try {
    return validateAnswers(answers, FILE.answers, [definition], lines);
  } catch (error) {
    if (!(error instanceof BundleError) || error.code !== 'invalid-bundle') throw error;
    const { problems } = error.details as { problems: string[] };
    throw usageError(
      'invalid-answers',
      `these answers are refused:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
      error.hints,
      error.details,
    );
  }
}

/** Of a bundle that is there, an answer that says what the default does anyway is no change. */
function withoutNews(answers: Tree, before: Tree, keys: readonly Key[]): Tree {
  let result = answers;
  for (const { path, type, default: byDefault } of keys) {
    const value = getAt(answers, path);
    if (type !== 'mapping' && value !== undefined && getAt(before, path) === undefined && sameValue(value, byDefault))
      result = withoutAt(result, path);
  }
  return result;
}
