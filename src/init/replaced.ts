import type { SecretChange } from '../bundle/secret-changes.ts';
import { usageError } from '../errors.ts';
import type { Material } from '../sdk/kind.ts';
import type { Prompter } from '../wizard/prompter.ts';
import type { InitOptions } from './options.ts';

type Materials = Readonly<Record<string, Material>>;

export interface Agreed {
  changes: SecretChange[];
  /** What counts of `secrets/`: without what somebody does not want to be locked. */
  onDisk: Materials;
}

/**
 * A secret that was replaced by hand becomes a new version only if somebody agrees. After a no its material counts as
 * absent, and all is decided anew: a CA that is not wanted issues nothing.
 * @param decideOn what becomes of each secret, by the material that counts
 * @param said what was agreed to before, by secret: nobody is asked twice
 * @throws BundleError (exit 2) without a terminal and `--yes`
 */
export async function agreed(
  decideOn: (onDisk: Materials) => Promise<SecretChange[]>,
  onDisk: Materials,
  options: Pick<InitOptions, 'yes' | 'newSecrets'>,
  prompter: Prompter | undefined,
  said = new Map<string, boolean>(),
): Promise<Agreed> {
  let counted = onDisk;
  for (;;) {
    const changes = await decideOn(counted);
    const declined = new Set<string>();
    for (const change of changes)
      if (!(await isAgreed(change, options, prompter, said))) declined.add(change.need.secret);
    if (declined.size === 0) return { changes, onDisk: counted };
    counted = Object.fromEntries(Object.entries(counted).filter(([secret]) => !declined.has(secret)));
  }
}

/** A copy of secrets/ that was made before somebody else replaced a secret would bring back what leaked. */
const MAYBE_OLD = 'since it may be of a version that was replaced';

async function isAgreed(
  change: SecretChange,
  { yes, newSecrets }: Pick<InitOptions, 'yes' | 'newSecrets'>,
  prompter: Prompter | undefined,
  said: Map<string, boolean>,
): Promise<boolean> {
  // With a new key, what is on disk is locked anew, whether it was changed or not.
  if (change.act !== 'adopt' || change.replaces === undefined || yes || newSecrets) return true;
  const { secret, files } = change.need;
  const before = said.get(secret);
  if (before !== undefined) return before;
  const names = Object.values(files).map((file) => `secrets/${file}`);
  const what = `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} not what version ${change.replaces} was locked with`;
  if (!prompter)
    throw usageError('secret-replaced', what, [
      `restore the file, ${MAYBE_OLD}`,
      `or, if it was replaced here on purpose, --yes locks the present content as version ${change.version}`,
    ]);
  prompter.say(`  ${what}. If nobody replaced it here on purpose, say no and restore it, ${MAYBE_OLD}.`);
  const message = `Lock the present content as version ${change.version}?`;
  const answer = await prompter.confirm({ message, default: true });
  said.set(secret, answer);
  return answer;
}
