import { BundleError } from '../errors.ts';
import { readSecretFile } from '../io/secret-input.ts';
import { askOpen } from '../wizard/ask.ts';
import { collect, openQuestion } from '../wizard/collect.ts';
import { missingError } from '../wizard/missing.ts';
import type { Prompter } from '../wizard/prompter.ts';
import { withoutAt } from '../bundle/paths-access.ts';
import { secretInput, type Session } from '../wizard/session.ts';
import type { CommandIo } from './io.ts';
import { resolvePath } from './init-session.ts';
import type { Swarm } from './init-swarm.ts';

/** Answers without asking: what was given and, where `takeDefaults` says so, defaults. @throws BundleError (exit 2) that lists what is missing */
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
export async function byAsking(session: Session, prompter: Prompter, swarm: Swarm, io: CommandIo, again: boolean): Promise<Session> {
  let told = false;
  const nodes = async () => {
    const seen = await swarm.look();
    io.signal.throwIfAborted();
    if (!seen.nodes && !told) {
      prompter.say(`  No node list to choose from (${seen.why}): type the nodes’ host names.`);
      told = true;
    }
    return seen.nodes;
  };
  const checkFile = async (path: string): Promise<string | undefined> => {
    try {
      await readSecretFile(resolvePath(io.cwd, path, io), path);
      return undefined;
    } catch (error) {
      if (error instanceof BundleError) return error.message;
      throw error;
    }
  };
  const asked = await askOpen(session, prompter, { again, nodes, checkFile });
  return { ...asked, secrets: Object.fromEntries(Object.entries(asked.secrets).map(([name, source]) => [name, source.from === 'file' ? { ...source, path: resolvePath(io.cwd, source.path, io) } : source])) };
}

/**
 * The session without the answers that an error names, so that they are asked again.
 * @returns undefined where the error is about none of the questions
 */
export function reopened(session: Session, error: BundleError): Session | undefined {
  const paths = (error.details as { paths?: string[] } | undefined)?.paths ?? [];
  const concerned = session.questions.filter((question) => paths.some((path) => path === question.path || path.startsWith(`${question.path}.`)));
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
