import { getAt, withoutAt } from '../bundle/paths-access.ts';
import { answersOf, applies, problemWith, secretInput, wasDerived, type Session } from './session.ts';

/**
 * The session after an answer was changed, without the answers that the change made pointless (their question applies
 * no longer, or they only said what followed from the answers before) or wrong (they do not fit the new one): those are
 * asked again, or have a default.
 * @returns also the paths of those that were wrong
 */
export function reconciled(before: Session, after: Session): { session: Session; dropped: string[] } {
  const dropped: string[] = [];
  let session = after;
  for (const question of after.questions) {
    const input = secretInput(question);
    const had = applies(question, answersOf(before), before.nodes);
    const has = applies(question, answersOf(session), session.nodes);
    if (input !== undefined) {
      if (had && !has && before.secrets[input] === session.secrets[input]) session = withoutSecret(session, input);
      continue;
    }
    const value = getAt(answersOf(session), question.path);
    if (value === undefined || getAt(answersOf(before), question.path) !== value) continue;
    const outdated = wasDerived(question, value, answersOf(before), answersOf(session));
    if ((had && !has) || outdated) session = without(session, question.path);
    else if (has && problemWith(question, value, before) === undefined && problemWith(question, value, session)) {
      session = without(session, question.path);
      dropped.push(question.path);
    }
  }
  return { session, dropped };
}

function without(session: Session, path: string): Session {
  const { given, settled, told } = session;
  return {
    ...session,
    given: withoutAt(given, path),
    settled: settled && withoutAt(settled, path),
    told: told && withoutAt(told, path),
  };
}

function withoutSecret(session: Session, input: string): Session {
  const { [input]: _gone, ...secrets } = session.secrets;
  return { ...session, secrets };
}
