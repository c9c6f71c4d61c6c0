import { getAt, sameValue, withAt, type Tree } from '../bundle/paths-access.ts';
import type { Question } from '../sdk/definition.ts';
import { answersOf, applies, contextOf, problemWith, secretInput, type Session } from './session.ts';

/** What an open question still needs, and what it would take by itself. */
export interface Open {
  question: Question;
  /** Undefined: there is none that fits, so the user must answer. */
  default: unknown;
  /** Why the default does not fit, or why an answer is needed. */
  why: string | undefined;
}

/** An answer that was not given. */
export interface Missing extends Open {
  /** True where `--yes` takes the default. */
  hasDefault: boolean;
}

/**
 * Whether the question is still open, and its default. Pure: the wizard asks what this says, and `--yes` takes its
 * default. Of a bundle that is already there, only what is new is open: a question that these answers bring up, or one
 * that cannot do without an answer.
 * @param again the user wants to go through all of them
 */
export function openQuestion(question: Question, session: Session, again = false): Open | undefined {
  const answers = answersOf(session);
  if (!applies(question, answers, session.nodes)) return undefined;
  const input = secretInput(question);
  if (input !== undefined)
    return secretOpen(question, input, session, again) ? { question, default: undefined, why: undefined } : undefined;
  if (getAt(session.given, question.path) !== undefined) return undefined;
  const standing = getAt(answers, question.path);
  if (standing !== undefined) return again ? withDefault(question, session, standing) : undefined;
  if (
    session.settled &&
    !again &&
    applies(question, session.settled, session.nodes) &&
    problemWith(question, undefined, session) === undefined
  )
    return undefined;
  return withDefault(question, session, undefined);
}

function secretOpen(question: Question, input: string, session: Session, again: boolean): boolean {
  if (session.secrets[input]) return false;
  const settled =
    session.settled && session.settledSecrets.has(input) && applies(question, session.settled, session.nodes);
  return settled !== true || again;
}

function withDefault(question: Question, session: Session, standing: unknown): Open {
  const context = contextOf(answersOf(session), session.nodes);
  const schemaDefault = session.keys.find((key) => key.path === question.path)?.default;
  const value = standing ?? question.default?.(context) ?? (sameValue(schemaDefault, []) ? undefined : schemaDefault);
  if (value === undefined) return { question, default: undefined, why: problemWith(question, undefined, session) };
  const why = problemWith(question, value, session);
  return { question, default: why === undefined ? value : undefined, why };
}

/** The answers with those that are still open: defaults taken where `takeDefaults` says so, the rest as missing. */
export function collect(session: Session, takeDefaults: boolean): { session: Session; missing: Missing[] } {
  const missing: Missing[] = [];
  let current = session;
  for (const question of session.questions) {
    const open = openQuestion(question, current);
    if (!open) continue;
    if (open.default === undefined) {
      if (!question.optional) missing.push({ ...open, hasDefault: false });
      continue;
    }
    if (!takeDefaults) missing.push({ ...open, hasDefault: true });
    // Taken either way: what comes later depends on it.
    current = answered(current, question, open.default);
  }
  return { session: current, missing };
}

/** The session with one more answer. */
export function answered(session: Session, question: Question, value: unknown): Session {
  return { ...session, given: withAt(session.given, question.path, value) };
}

/** Answers that go without saying once a secret's file is given, where nothing else was said. */
export function withImplied(session: Session): Session {
  let given: Tree = session.given;
  for (const question of session.questions) {
    const input = secretInput(question);
    if (input === undefined || !session.secrets[input]) continue;
    for (const [path, value] of Object.entries(question.implies ?? {})) {
      if (getAt(given, path) === undefined) given = withAt(given, path, value);
    }
  }
  return { ...session, given };
}
