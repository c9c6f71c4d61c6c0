import type { CommandIo } from '../cli/io.ts';
import { leaves } from '../bundle/paths-access.ts';
import type { Prompter } from '../wizard/prompter.ts';
import type { Session } from '../wizard/session.ts';
import type { InitRun } from './decide.ts';

/** What goes without saying in a session that nobody gave an answer to. */
const OWN = ['version', 'stack'];

/**
 * Offers the demo to who has neither a swarm nor the name of an image at hand.
 * @param why no swarm can be reached
 * @returns true if it is wanted: how to run it was said, and nothing is to be written
 */
export async function wantsDemo(
  session: Session,
  { options, existing, io }: InitRun,
  prompter: Prompter,
  why: string,
): Promise<boolean> {
  const untold = leaves(session.given).every(([path]) => OWN.includes(path));
  if (existing || !untold || options.stack !== undefined) return false;
  prompter.say(`  No swarm to put it on: ${why}.`);
  const wish = await prompter.select({
    message: 'Go on, or see it work first?',
    help: 'The demo brings up a swarm and a whole cluster of simulators on this machine. It needs Linux and root.',
    choices: [
      { value: 'go-on', name: 'go on: the bundle is for a swarm elsewhere' },
      { value: 'demo', name: 'see the demo first' },
    ],
  });
  if (wish !== 'demo') return false;
  sayDemo(io);
  return true;
}

function sayDemo(io: CommandIo): void {
  io.stdout(
    'Nothing was written. The demo, in a checkout of bundle:\n' +
      '  npm run demo\n' +
      'To remove it again:\n' +
      '  npm run demo -- --down\n',
  );
}
