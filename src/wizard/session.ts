import { commonAnswers } from '../bundle/common.ts';
import { issueText } from '../bundle/issues.ts';
import type { Key } from '../bundle/keys.ts';
import { getAt, leaves, overlay, sameValue, withAt, withoutAt, type Tree } from '../bundle/paths-access.ts';
import type { KnownNode, Question, QuestionContext, StackDefinition } from '../sdk/definition.ts';

/** Paths below this one are files that secret material is read from, once. */
export const SECRET_FILES = 'secretFiles';

/** Where a secret's material comes from. */
export type SecretSource =
  { from: 'file'; path: string; shown: string } | { from: 'stdin' } | { from: 'typed'; value: Buffer };

/** All that is known while questions are asked. A value: each answer makes a new one. */
export interface Session {
  definition: StackDefinition;
  /** The common questions, then the definition's. */
  questions: readonly Question[];
  keys: readonly Key[];
  /** Answers of this run: answers file, `--set`, wizard. */
  given: Tree;
  /** The directory that was named is a name for the stack too, which is then not asked for first. */
  named?: boolean;
  /** Answers of the bundle that is already there; undefined for a new one. */
  settled: Tree | undefined;
  /** What a person answered in this run, other than the default: offered again after a way back. */
  told?: Tree | undefined;
  /** Sources of this run by their name below secretFiles. */
  secrets: Record<string, SecretSource>;
  /** Names below secretFiles whose secret the bundle already has. */
  settledSecrets: ReadonlySet<string>;
  /** Those that defaults choose from: all of the swarm, or those that were picked or typed. */
  nodes: KnownNode[] | undefined;
  /** They were named before anything is asked. */
  nodesNamed?: boolean;
  /** Those of the swarm, to pick from; undefined if they are not known. */
  swarmNodes?: KnownNode[] | undefined;
}

/** The name below secretFiles, if the question asks for a file. */
export function secretInput(question: Question): string | undefined {
  return question.path.startsWith(`${SECRET_FILES}.`) ? question.path.slice(SECRET_FILES.length + 1) : undefined;
}

/** The bundle's answers as far as they are known; earlier answers that these ones made pointless are gone. */
export function answersOf(session: Session): Tree {
  const known = answersOfSessions.get(session) ?? settle(session);
  answersOfSessions.set(session, known);
  return known;
}

/** Every question asks for them several times, and a session never changes. */
const answersOfSessions = new WeakMap<Session, Tree>();

function settle(session: Session): Tree {
  const { settled } = session;
  if (!settled) return overlay({}, session.given);
  let answers = overlay(settled, session.given);
  for (const question of session.questions) {
    const value = getAt(settled, question.path);
    if (value === undefined || getAt(session.given, question.path) !== undefined) continue;
    const gone = applies(question, settled, session.nodes) && !applies(question, answers, session.nodes);
    if (gone || wasDerived(question, value, settled, answers)) answers = withoutAt(answers, question.path);
  }
  return answers;
}

/** Whether the value only says what followed from other answers, from which another one follows now. */
export function wasDerived(question: Question, value: unknown, before: Tree, now: Tree): boolean {
  if (question.derived !== true) return false;
  const follows = (answers: Tree): boolean => sameValue(value, question.default?.(contextOf(answers, undefined)));
  return follows(before) && !follows(now);
}

/** Whether the question is asked at all, for these answers. */
export function applies(question: Question, answers: Tree, nodes: KnownNode[] | undefined): boolean {
  return question.when?.(contextOf(answers, nodes)) ?? true;
}

export function contextOf(answers: Tree, nodes: KnownNode[] | undefined): QuestionContext {
  return { get: (path) => getAt(answers, path), nodes };
}

/**
 * Why `value` cannot stand at the question's path, given the answers so far; undefined if it can. Faults elsewhere
 * are not its own, except one that the value brings upon an answer that is no longer asked for: later nobody could
 * correct it.
 */
export function problemWith(question: Question, value: unknown, session: Session): string | undefined {
  const answers = answersOf(session);
  const own = question.validate?.(value, contextOf(answers, session.nodes));
  if (own !== undefined) return own;
  const without = withoutAt(answers, question.path);
  const faults = faultsOf(session.definition, value === undefined ? without : withAt(answers, question.path, value));
  const here = faults.find(({ path }) => isBelow(path, question.path));
  if (here !== undefined || value === undefined || faults.length === 0) return here?.text;
  const before = faultsOf(session.definition, without);
  const news = faults.find(
    ({ path }) => !before.some((each) => each.path === path) && isBehind(path, question, session, answers),
  );
  return news && `${news.path}: ${news.text}`;
}

/** Whether the path has an answer that no question after this one asks for. */
function isBehind(path: string, question: Question, session: Session, answers: Tree): boolean {
  const leaf = leaves(answers).find(([each]) => isBelow(path, each))?.[0];
  const later = session.questions.slice(session.questions.indexOf(question) + 1);
  return leaf !== undefined && (getAt(session.given, leaf) !== undefined || !later.some((each) => each.path === leaf));
}

const isBelow = (path: string, above: string): boolean => path === above || path.startsWith(`${above}.`);

/** What the schemas refuse of answers, by the path that is at fault. */
export function faultsOf(definition: StackDefinition, answers: Tree): { path: string; text: string }[] {
  const { version = 1, stack = definition.name, name = 'unnamed', verify: _verify, hosts: _hosts, ...own } = answers;
  const issues = [commonAnswers.safeParse({ version, stack, name }), definition.answers.safeParse(own)].flatMap(
    (result) => result.error?.issues ?? [],
  );
  return issues.map((issue) => ({ path: issue.path.join('.'), text: issueText(issue) }));
}
