import type { BundleError } from '../errors.ts';
import { withoutAt } from '../bundle/paths-access.ts';
import { secretInput, type Session } from '../wizard/session.ts';

/**
 * The session without the answers that an error names, so that they are asked again.
 * @returns undefined if the error is about none of the questions
 */
export function reopened(session: Session, error: BundleError): Session | undefined {
  const paths = (error.details as { paths?: string[] } | undefined)?.paths ?? [];
  const concerned = session.questions.filter((question) =>
    paths.some((path) => path === question.path || path.startsWith(`${question.path}.`)),
  );
  if (concerned.length === 0) return undefined;
  let { given, settled, told } = session;
  const secrets = { ...session.secrets };
  for (const question of concerned) {
    const input = secretInput(question);
    if (input !== undefined) delete secrets[input];
    given = withoutAt(given, question.path);
    settled = settled && withoutAt(settled, question.path);
    told = told && withoutAt(told, question.path);
  }
  return { ...session, given, settled, told, secrets };
}
