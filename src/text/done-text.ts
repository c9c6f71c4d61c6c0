import { join } from 'node:path';
import { FILE } from '../bundle/names.ts';
import { EXIT } from '../errors.ts';
import type { Done } from '../deploy/apply.ts';
import type { Verification } from '../verify/result.ts';
import { countsText } from '../verify/report/words.ts';
import type { BundleAccess } from '../project/access.ts';
import { bundleCommand } from '../paste-commands.ts';
import { fold } from '../ui/layout.ts';
import type { Screen } from '../ui/screen.ts';
import type { Style } from '../ui/style.ts';
import { firstLines, wayLines } from './access-text.ts';
import { writtenHints } from './written-text.ts';

type Verified = Pick<Verification, 'exit' | 'results' | 'leftOut'>;

/** What the notes at the end of a deployment are made of. */
export interface Ended {
  stack: string;
  done: Pick<Done, 'plan' | 'steps' | 'release' | 'converged' | 'written'> & { verification?: Verified };
  access: BundleAccess;
  /** The bundle as the user named it. */
  shown: string;
  /** Whether `secrets/` is on this machine. */
  secretsHere: boolean;
}

/**
 * The end of a deployment or a rollback: what runs now and how it is reached; of the first one, what must be done once,
 * too; and what is to be done with files that it wrote.
 */
export function doneText({ stack, done, access, shown, secretsHere }: Ended, screen: Screen): string {
  const { plan, steps, release, converged, written, verification } = done;
  const { style, width } = screen;
  const [mark, but] = howVerified(verification, style);
  const head = (words: string): string =>
    fold(`${mark} ${stack} ${words}, release ${release}${but}`, width, 2).join('\n');
  const kept = writtenHints(written, shown).map((hint) => `${hint.charAt(0).toUpperCase()}${hint.slice(1)}.`);
  const again = kept.length === 0 ? [] : [style.bold('Certificates were issued again'), ...firstLines(kept, width)];
  // A user's certificate, which no service mounts, is written without a step.
  if (steps.length === 0) return `${[head('is already up to date'), ...again].join('\n')}\n`;
  const isFirst = plan.services.every(({ action }) => action === 'create' || action === 'remove');
  const backup = secretsHere ? [`Back up ${join(shown, FILE.secrets)}: a swarm never gives a secret back.`] : [];
  const notes = isFirst ? firstLines([...access.first, ...(kept.length === 0 ? backup : [])], width) : [];
  const lines = [
    converged ? head('runs') : `${stack} deployed, release ${release}; not awaited: the swarm goes on starting it`,
    ...wayLines(access.ways, width),
    ...(notes.length === 0 ? [] : [style.bold('Once, now'), ...notes]),
    ...(access.trust.length === 0 && notes.length === 0
      ? []
      : fold(`  \`${bundleCommand('open', { dir: shown })}\` says whom to trust, and all this again`, width)),
    ...again,
  ];
  return `${lines.join('\n')}\n`;
}

/** The mark before what runs, and what is to be said after it. */
function howVerified(verification: Verified | undefined, style: Style): [mark: string, but: string] {
  if (verification?.exit === EXIT.verification) return [style.red('✘'), ', and verification failed'];
  if (verification?.exit !== EXIT.unsure) return [style.green('✔'), ''];
  const counts = countsText(verification.results, verification.leftOut);
  return [style.yellow('!'), `; verification could not tell everything: ${counts}`];
}
