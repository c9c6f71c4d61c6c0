import { join } from 'node:path';
import { FILE } from '../bundle/names.ts';
import { EXIT } from '../errors.ts';
import type { Done } from '../deploy/apply.ts';
import type { Verification } from '../verify/result.ts';
import type { BundleAccess } from '../project/access.ts';
import { bundleCommand } from '../paste-commands.ts';
import { fold } from '../ui/layout.ts';
import type { Screen } from '../ui/screen.ts';
import { firstLines, wayLines } from './access-text.ts';

/** What the notes at the end of a deployment are made of. */
export interface Ended {
  stack: string;
  done: Pick<Done, 'plan' | 'steps' | 'release' | 'converged'> & { verification?: Pick<Verification, 'exit'> };
  access: BundleAccess;
  /** The bundle as the user named it. */
  shown: string;
  /** Whether `secrets/` is on this machine. */
  secretsHere: boolean;
}

/**
 * The end of a deployment or a rollback: what runs now and how it is reached; of the first one, what must be done once,
 * too.
 */
export function doneText({ stack, done, access, shown, secretsHere }: Ended, screen: Screen): string {
  const { plan, steps, release, converged, verification } = done;
  const { style, width } = screen;
  const [mark, but] =
    verification?.exit === EXIT.verification ? [style.red('✘'), ', and verification failed'] : [style.green('✔'), ''];
  if (steps.length === 0) return `${mark} ${stack} is already up to date, release ${release}${but}\n`;
  const isFirst = plan.services.every(({ action }) => action === 'create' || action === 'remove');
  const backup = secretsHere ? [`Back up ${join(shown, FILE.secrets)}: a swarm never gives a secret back.`] : [];
  const notes = isFirst ? firstLines([...access.first, ...backup], width) : [];
  const lines = [
    converged
      ? `${mark} ${stack} runs, release ${release}${but}`
      : `${stack} deployed, release ${release}; not awaited: the swarm goes on starting it`,
    ...wayLines(access.ways, width),
    ...(notes.length === 0 ? [] : [style.bold('Once, now'), ...notes]),
    ...(access.trust.length === 0 && notes.length === 0
      ? []
      : fold(`  \`${bundleCommand('open', { dir: shown })}\` says whom to trust, and all this again`, width)),
  ];
  return `${lines.join('\n')}\n`;
}
