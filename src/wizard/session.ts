import { commonAnswers } from '../bundle/common.ts';
import { issueText } from '../bundle/issues.ts';
import type { Key } from '../bundle/keys.ts';
import { getAt, overlay, withAt, withoutAt, type Tree } from '../bundle/paths-access.ts';
import type { KnownNode, Question, QuestionContext, StackDefinition } from '../../stacks/definition.ts';

/** Paths below this one are files that secret material is read from, once. */
export const SECRET_FILES = 'secretFiles';

/** Where a secret's material comes from. */
export type SecretSource = { from: 'file'; path: string; shown: string } | { from: 'stdin' } | { from: 'typed'; value: Buffer };

/** All that is known while questions are asked. A value: each answer makes a new one. */
export interface Session {
  definition: StackDefinition;
  /** The common questions, then the definition's. */
  questions: readonly Question[];
  keys: readonly Key[];
  /** Answers of this run: answers file, `--set`, wizard. */
  given: Tree;
  /** Answers of the bundle that is already there; undefined for a new one. */
  settled: Tree | undefined;
  /** Sources of this run by their name below secretFiles. */
  secrets: Record<string, SecretSource>;
  /** Names below secretFiles whose secret the bundle already has. */
  settledSecrets: ReadonlySet<string>;
  nodes: KnownNode[] | undefined;
}

/** The name below secretFiles, where the question asks for a file. */
export function secretInput(question: Question): string | undefined {
  return question.path.startsWith(`${SECRET_FILES}.`) ? question.path.slice(SECRET_FILES.length + 1) : undefined;
}

/** The bundle's answers as far as they are known; earlier answers that these ones made pointless are gone. */
export function answersOf(session: Session): Tree {
  const { settled } = session;
  if (!settled) return overlay({}, session.given);
  let answers = overlay(settled, session.given);
  for (const question of session.questions) {
    if (getAt(settled, question.path) === undefined || getAt(session.given, question.path) !== undefined) continue;
    if (applies(question, settled, session.nodes) && !applies(question, answers, session.nodes)) answers = withoutAt(answers, question.path);
  }
  return answers;
}

/** Whether the question is asked at all, for these answers. */
export function applies(question: Question, answers: Tree, nodes: KnownNode[] | undefined): boolean {
  return question.when?.(contextOf(answers, nodes)) ?? true;
}

export function contextOf(answers: Tree, nodes: KnownNode[] | undefined): QuestionContext {
  return { get: (path) => getAt(answers, path), nodes };
}

/** Why `value` cannot stand at the question's path, given the answers so far; undefined where it can. Faults elsewhere are not its own. */
export function problemWith(question: Question, value: unknown, session: Session): string | undefined {
  const answers = answersOf(session);
  const own = question.validate?.(value, contextOf(answers, session.nodes));
  return own ?? schemaProblem(session.definition, value === undefined ? withoutAt(answers, question.path) : withAt(answers, question.path, value), question.path);
}

function schemaProblem(definition: StackDefinition, answers: Tree, path: string): string | undefined {
  const { version = 1, stack = definition.name, name = 'unnamed', verify: _verify, hosts: _hosts, ...own } = answers;
  const issues = [commonAnswers.safeParse({ version, stack, name }), definition.answers.safeParse(own)].flatMap((result) => result.error?.issues ?? []);
  const issue = issues.find((each) => each.path.join('.') === path || each.path.join('.').startsWith(`${path}.`));
  return issue && issueText(issue);
}
