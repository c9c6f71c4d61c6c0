import type { BundleError } from '../errors.ts';
import { askOpen } from '../wizard/ask.ts';
import { collect, openQuestion } from '../wizard/collect.ts';
import { missingError } from '../wizard/missing.ts';
import type { Prompter } from '../wizard/prompter.ts';
import { withoutAt } from '../bundle/paths-access.ts';
import { secretInput, type SecretSource, type Session } from '../wizard/session.ts';
import type { CommandIo } from '../cli/io.ts';
import type { SourceReader } from './secrets.ts';
import { resolvePath } from './session.ts';
import type { Swarm } from './swarm.ts';

/**
 * Answers without asking: what was given and, where `takeDefaults` says so, defaults. @throws BundleError (exit 2) that
 * lists what is missing
 */
export async function withoutAsking(session: Session, takeDefaults: boolean, swarm: Swarm): Promise<Session> {
  const first = collect(session, takeDefaults);
  let done = first;
  const notes: string[] = [];
  if (first.missing.some(({ question }) => question.ask === 'nodes')) {
    const seen = await swarm.look();
    if (seen.nodes) done = collect({ ...session, nodes: seen.nodes }, takeDefaults);
    else notes.push(`no node list to choose from: ${seen.why}`);
  }
  if (done.missing.length > 0) throw missingError(done.missing, notes);
  return done.session;
}

/** Asks what is open; the node list comes from the swarm where it can be reached. */
export async function byAsking(
  session: Session,
  prompter: Prompter,
  swarm: Swarm,
  io: CommandIo,
  again: boolean,
  read: SourceReader,
): Promise<Session> {
  const nodes = async () => {
    const seen = await swarm.look();
    if (!seen.nodes) prompter.say(`  No node list to choose from: ${seen.why}. Type the nodes’ host names.`);
    return seen.nodes ?? [];
  };
  const source = (typed: string): SecretSource => ({
    from: 'file',
    path: resolvePath(io.cwd, typed, io),
    shown: typed,
  });
  return askOpen(session, prompter, { again, nodes, files: { source, read, now: () => new Date() } });
}

/**
 * The session without the answers that an error names, so that they are asked again.
 * @returns undefined where the error is about none of the questions
 */
export function reopened(session: Session, error: BundleError): Session | undefined {
  const paths = (error.details as { paths?: string[] } | undefined)?.paths ?? [];
  const concerned = session.questions.filter((question) =>
    paths.some((path) => path === question.path || path.startsWith(`${question.path}.`)),
  );
  if (concerned.length === 0) return undefined;
  let { given, settled } = session;
  const secrets = { ...session.secrets };
  for (const question of concerned) {
    const input = secretInput(question);
    if (input !== undefined) delete secrets[input];
    given = withoutAt(given, question.path);
    settled = settled && withoutAt(settled, question.path);
  }
  return { ...session, given, settled, secrets };
}

/** How many questions are open by themselves. */
export function openCount(session: Session): number {
  return session.questions.filter((question) => openQuestion(question, session)).length;
}
