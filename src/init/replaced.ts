import type { SecretChange } from '../bundle/secret-changes.ts';
import { usageError } from '../errors.ts';
import type { Prompter } from '../wizard/prompter.ts';
import type { InitRun } from './decide.ts';

/** A secret that was replaced by hand becomes a new version only if somebody agrees. */
export async function agreed(
  changes: SecretChange[],
  { options }: InitRun,
  prompter: Prompter | undefined,
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
    prompter.say(`  ${what}.`);
    const yes = await prompter.confirm({
      message: `Lock the present content as version ${change.version}?`,
      default: true,
    });
    if (yes) result.push(change);
    else result.push({ act: 'keep', need: change.need, version: change.version - 1, onDisk: true });
  }
  return result;
}
