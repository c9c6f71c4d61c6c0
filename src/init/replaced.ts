import type { SecretChange } from '../bundle/secret-changes.ts';
import { usageError } from '../errors.ts';
import type { Prompter } from '../wizard/prompter.ts';
import type { InitRun } from './decide.ts';

/**
 * A secret that was replaced by hand becomes a new version only if somebody agrees.
 * @param said what was agreed to before, by secret: nobody is asked twice
 */
export async function agreed(
  changes: SecretChange[],
  { options }: InitRun,
  prompter: Prompter | undefined,
  said = new Map<string, boolean>(),
): Promise<SecretChange[]> {
  const result: SecretChange[] = [];
  for (const change of changes) {
    // With a new key, what is on disk is locked anew, whether it was changed or not.
    if (change.act !== 'adopt' || change.version === 1 || options.yes || options.newSecrets) {
      result.push(change);
      continue;
    }
    const files = Object.values(change.need.files)
      .map((file) => `secrets/${file}`)
      .join(' and ');
    const what =
      `${files} ${Object.keys(change.need.files).length > 1 ? 'are' : 'is'} not what version ` +
      `${change.version - 1} was locked with`;
    if (!prompter)
      throw usageError('secret-replaced', what, [
        `--yes locks the present content as version ${change.version}`,
        'or restore the file',
      ]);
    if (!said.has(change.need.secret)) prompter.say(`  ${what}.`);
    const message = `Lock the present content as version ${change.version}?`;
    const yes = said.get(change.need.secret) ?? (await prompter.confirm({ message, default: true }));
    said.set(change.need.secret, yes);
    if (yes) result.push(change);
    else result.push({ act: 'keep', need: change.need, version: change.version - 1, onDisk: true });
  }
  return result;
}
