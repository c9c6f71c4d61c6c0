import { getAt, withoutAt } from '../bundle/paths-access.ts';
import type { ChoiceDecision, DecisionChoice, NodesDecision, Question } from '../sdk/definition.ts';
import { answered, askedAgain, isNeeded, openQuestion, type Open } from './collect.ts';
import { answersOf, contextOf, secretInput, type Session } from './session.ts';

/** How far a person has come. A value: each answer makes a new one, so that there is a way back. */
export interface Walk {
  session: Session;
  /** How many of the decisions are behind. */
  decided: number;
  /** Questions that come next, whatever else is open; `again`: also if they have an answer. */
  queue: readonly { path: string; again: boolean }[];
  /** The defaults of all that was not asked are accepted. */
  accepted: boolean;
}

export const atStart = (session: Session): Walk => ({ session, decided: 0, queue: [], accepted: false });

/** What to ask next, and the walk as it is while that is asked. */
export type WizardStep = { walk: Walk } &
  /**
   * `at`: the session with the defaults of all questions before this one, which it is judged by; `again`: a person
   * picked it to change it.
   */
  (
    | { kind: 'question'; open: Open; at: Session; again?: boolean }
    | { kind: 'nodes'; decision: NodesDecision }
    | { kind: 'choice'; decision: ChoiceDecision; choices: readonly DecisionChoice[] }
    | { kind: 'others'; open: readonly Open[] }
  );

/**
 * What is asked next: what the last answer brought up, then the decisions in order, then what has no default, then the
 * rest with its defaults. Pure.
 * @param unfound images that no registry gives, with the reason: their default is no answer
 * @returns undefined if all is answered
 */
export function nextStep(walk: Walk, unfound: ReadonlyMap<string, string> = new Map()): WizardStep | undefined {
  const { session, queue } = walk;
  for (const [index, { path, again }] of queue.entries()) {
    const step = questionStep(path, session, again);
    if (step) return { ...step, walk: { ...walk, queue: queue.slice(index + 1) } };
  }
  const decisions = [...(session.named === true ? [] : ['name']), ...(session.definition.decisions ?? [])];
  for (let index = walk.decided; index < decisions.length; index++) {
    const step = decisionStep(decisions[index] ?? '', session);
    if (step) return { ...step, walk: { ...walk, queue: [], decided: index + 1 } };
  }
  const { needed, others } = openQuestions(session, unfound);
  if (needed) return { kind: 'question', ...needed, walk };
  if (walk.accepted || others.length === 0) return undefined;
  return { kind: 'others', open: others, walk };
}

type Part<S> = S extends unknown ? Omit<S, 'walk'> : never;

function questionStep(
  path: string,
  session: Session,
  again: boolean,
): Part<WizardStep & { kind: 'question' }> | undefined {
  const question = session.questions.find((each) => each.path === path);
  if (!question) throw new TypeError(`no question asks for ${path}`);
  const at = before(session, question);
  const open = again ? askedAgain(question, at) : openQuestion(question, at);
  return open && { kind: 'question', open, at, again };
}

function decisionStep(
  decision: string | NodesDecision | ChoiceDecision,
  session: Session,
): Part<WizardStep> | undefined {
  if (typeof decision === 'string') return questionStep(decision, session, false);
  // A bundle that is there has decided; what it lacks is asked by its own question.
  if (session.settled) return undefined;
  if (decision.ask === 'nodes') {
    if (session.nodesNamed === true) return undefined;
    const usable = (session.swarmNodes ?? []).filter(
      (node) => node.state === 'ready' && node.availability === 'active',
    );
    const wanted = session.questions.some(
      (question) => question.ask === 'nodes' && !question.optional && openQuestion(question, session),
    );
    return wanted && usable.length !== 1 ? { kind: 'nodes', decision } : undefined;
  }
  const concerned = decision.choices.flatMap(({ answers, asks = [] }) => [...Object.keys(answers), ...asks]);
  if (concerned.some((path) => isGiven(path, session))) return undefined;
  const context = contextOf(answersOf(session), session.nodes);
  return { kind: 'choice', decision, choices: decision.choices.filter((choice) => choice.when?.(context) ?? true) };
}

function isGiven(path: string, session: Session): boolean {
  const question = session.questions.find((each) => each.path === path);
  const input = question && secretInput(question);
  return input === undefined ? getAt(session.given, path) !== undefined : session.secrets[input] !== undefined;
}

/** The first question that needs an answer, and those that can do with what they have. */
function openQuestions(
  session: Session,
  unfound: ReadonlyMap<string, string>,
): { needed?: { open: Open; at: Session }; others: Open[] } {
  const others: Open[] = [];
  let current = session;
  for (const question of session.questions) {
    const open = openQuestion(question, current);
    if (!open) continue;
    const lost = question.ask === 'image' ? unfound.get(String(open.default)) : undefined;
    if (isNeeded(open) || lost !== undefined)
      return { needed: { open: { ...open, why: lost ?? open.why }, at: withoutLater(current, question) }, others };
    others.push(open);
    if (open.default !== undefined) current = answered(current, question, open.default);
  }
  return { others };
}

/** Images that would be taken without being asked for. */
export function defaultImages(session: Session): string[] {
  const { others, needed } = openQuestions(session, new Map());
  return [...others, ...(needed ? [needed.open] : [])].flatMap((open) =>
    open.question.ask === 'image' && typeof open.default === 'string' ? [open.default] : [],
  );
}

/**
 * The session with the defaults of all questions before this one, and without what was answered to those after it: an
 * answer may contradict them, and they are asked again then.
 */
function before(session: Session, question: Question): Session {
  let current = session;
  for (const each of session.questions) {
    if (each === question) break;
    const open = openQuestion(each, current);
    if (open?.default !== undefined) current = answered(current, each, open.default);
  }
  return withoutLater(current, question);
}

function withoutLater(session: Session, question: Question): Session {
  const later = session.questions.slice(session.questions.indexOf(question) + 1);
  const given = later.reduce((tree, { path }) => withoutAt(tree, path), session.given);
  return { ...session, given };
}
