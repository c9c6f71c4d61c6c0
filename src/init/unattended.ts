import { collect } from '../wizard/collect.ts';
import { missingError } from '../wizard/missing.ts';
import type { Session } from '../wizard/session.ts';
import type { Swarm } from './swarm.ts';

/**
 * Answers without asking: what was given and, if `takeDefaults` says so, defaults.
 * @throws BundleError (exit 2) that lists what is missing
 */
export async function withoutAsking(session: Session, takeDefaults: boolean, swarm: Swarm): Promise<Session> {
  const first = collect(session, takeDefaults);
  let done = first;
  const notes: string[] = [];
  if (session.nodesNamed !== true && first.missing.some(({ question }) => question.ask === 'nodes')) {
    const seen = await swarm.look();
    if (seen.nodes) done = collect({ ...session, nodes: seen.nodes }, takeDefaults);
    else notes.push(`no node list to choose from: ${seen.why}`);
  }
  if (done.missing.length > 0) throw missingError(done.missing, notes);
  return done.session;
}
