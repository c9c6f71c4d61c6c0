import { getAt } from '../bundle/paths-access.ts';
import type { Question } from '../sdk/definition.ts';
import { widthOf } from '../ui/style.ts';
import type { Open } from './collect.ts';
import type { Choice } from './prompter.ts';
import { answersOf, applies, contextOf, secretInput, type Session } from './session.ts';
import { textOf } from './value-text.ts';

/** What a question's answer looks like in a list: of a choice, its words. */
function shownValue(question: Question, value: unknown): string {
  if (value === undefined) return 'none';
  const choice = question.choices?.find((each) => each.value === value);
  return choice?.name ?? textOf(value);
}

const MOST_MESSAGE = 46;

/**
 * Questions with their answers, aligned and each on one line.
 * @param columns of the terminal
 */
function aligned(rows: readonly { path: string; message: string; text: string }[], columns: number): Choice[] {
  const width = Math.min(MOST_MESSAGE, Math.max(...rows.map(({ message }) => widthOf(message))));
  return rows.map(({ path, message, text }) => ({
    value: path,
    name: `${fit(message, width)}  ${fit(text, columns - width - 6).trimEnd()}`,
  }));
}

function fit(text: string, width: number): string {
  return widthOf(text) <= width ? text.padEnd(width) : `${[...text].slice(0, width - 1).join('')}…`;
}

/** The questions that can do with their defaults. */
export function openRows(open: readonly Open[], columns: number): Choice[] {
  return aligned(
    open.map(({ question, default: value }) => ({
      path: question.path,
      message: question.message,
      text: shownValue(question, value),
    })),
    columns,
  );
}

/** All questions that these answers call for. @param session with the defaults that were taken */
export function allRows(session: Session, columns: number): Choice[] {
  const answers = answersOf(session);
  const asked = session.questions.filter((question) => applies(question, answers, session.nodes));
  return aligned(
    asked.map((question) => ({ path: question.path, message: question.message, text: textAt(question, session) })),
    columns,
  );
}

function textAt(question: Question, session: Session): string {
  const input = secretInput(question);
  if (input === undefined) {
    const answers = answersOf(session);
    const derived = question.derived ? question.default?.(contextOf(answers, session.nodes)) : undefined;
    return shownValue(question, getAt(answers, question.path) ?? derived);
  }
  const source = session.secrets[input];
  if (source) return source.from === 'file' ? source.shown : source.from === 'stdin' ? 'standard input' : 'typed';
  return session.settledSecrets.has(input) ? 'kept' : 'none';
}
