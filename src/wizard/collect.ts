import { getAt, sameValue, withAt, withoutAt, type Tree } from '../bundle/paths-access.ts';
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
  /** True if `--yes` takes the default. */
  hasDefault: boolean;
}

/**
 * Whether the question is still open, and its default. Pure: the wizard asks what this says, and `--yes` takes its
 * default. Of a bundle that is already there, only what is new is open: a question that these answers bring up, or one
 * that cannot do without an answer.
 */
export function openQuestion(question: Question, session: Session): Open | undefined {
  const answers = answersOf(session);
  if (!applies(question, answers, session.nodes)) return undefined;
  const input = secretInput(question);
  if (input !== undefined)
    return secretOpen(question, input, session) ? { question, default: undefined, why: undefined } : undefined;
  if (getAt(session.given, question.path) !== undefined) return undefined;
  if (getAt(answers, question.path) !== undefined) return undefined;
  if (
    session.settled &&
    applies(question, session.settled, session.nodes) &&
    problemWith(question, undefined, session) === undefined
  )
    return undefined;
  return withDefault(question, session, toldBefore(question, session));
}

/** The question as it is asked once more, with the present answer as its default; undefined if it does not apply. */
export function askedAgain(question: Question, session: Session): Open | undefined {
  const answers = answersOf(session);
  if (!applies(question, answers, session.nodes)) return undefined;
  if (secretInput(question) !== undefined) return { question, default: undefined, why: undefined };
  return withDefault(question, session, toldBefore(question, session) ?? getAt(answers, question.path));
}

/** What a person answered before going back, if it still fits. */
function toldBefore(question: Question, session: Session): unknown {
  const told = getAt(session.told ?? {}, question.path);
  return told === undefined || problemWith(question, told, session) !== undefined ? undefined : told;
}

function secretOpen(question: Question, input: string, session: Session): boolean {
  if (session.secrets[input]) return false;
  const settled =
    session.settled && session.settledSecrets.has(input) && applies(question, session.settled, session.nodes);
  return settled !== true;
}

function withDefault(question: Question, session: Session, standing: unknown): Open {
  const context = contextOf(answersOf(session), session.nodes);
  const schemaDefault = session.keys.find((key) => key.path === question.path)?.default;
  const value = standing ?? question.default?.(context) ?? (sameValue(schemaDefault, []) ? undefined : schemaDefault);
  if (value === undefined) return { question, default: undefined, why: problemWith(question, undefined, session) };
  const why = problemWith(question, value, session);
  return { question, default: why === undefined ? value : undefined, why };
}

/** The question's help, which names no default that cannot be had. */
export function helpOf({ question: { help, byDefault }, default: value }: Open): string {
  return byDefault === undefined || value === undefined ? help : `${help} ${byDefault}`;
}

/** Whether nothing but an answer will do: there is no default, and it is not optional or other answers call for it. */
export function isNeeded(open: Open): boolean {
  return open.default === undefined && (open.question.optional !== true || open.why !== undefined);
}

/** The answers with those that are still open: defaults taken if `takeDefaults` says so, the rest as missing. */
export function collect(session: Session, takeDefaults: boolean): { session: Session; missing: Missing[] } {
  const missing: Missing[] = [];
  let current = session;
  for (const question of session.questions) {
    const open = openQuestion(question, current);
    if (!open) continue;
    if (open.default === undefined) {
      if (isNeeded(open)) missing.push({ ...open, hasDefault: false });
      continue;
    }
    if (!takeDefaults) missing.push({ ...open, hasDefault: true });
    if (question.derived) continue;
    // Taken either way: what comes later depends on it.
    current = answered(current, question, open.default);
  }
  return { session: current, missing };
}

/** The session with one more answer; undefined takes an earlier one out. */
export function answered(session: Session, question: Question, value: unknown): Session {
  const { given, settled } = session;
  if (value !== undefined) return { ...session, given: withAt(given, question.path, value) };
  const wasSettled = settled !== undefined && getAt(settled, question.path) !== undefined;
  return {
    ...session,
    given: wasSettled ? withAt(given, question.path, null) : withoutAt(given, question.path),
  };
}

/** The session that knows, for a way back, what a person answered; a default is offered anyway, as it then is. */
export function noted(session: Session, { question, default: byDefault }: Open, value: unknown): Session {
  const told = session.told ?? {};
  const isOwn = !sameValue(value, byDefault) || sameValue(value, getAt(told, question.path));
  return {
    ...session,
    told: value !== undefined && isOwn ? withAt(told, question.path, value) : withoutAt(told, question.path),
  };
}

/** The session that offers, at the path, the answer that stands: whoever came back over it has left the other one. */
export function standing(session: Session, path: string): Session {
  const told = session.told ?? {};
  const given = getAt(session.given, path);
  return { ...session, told: given === undefined ? withoutAt(told, path) : withAt(told, path, given) };
}

/** Answers that go without saying once a secret's file is given, if nothing else was said. */
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
