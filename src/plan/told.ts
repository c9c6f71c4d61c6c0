import type { StackDocument } from '../compose/types.ts';
import type { ToldSecret } from '../sdk/definition.ts';
import type { ServiceChange, ToldChange } from './changes.ts';

/**
 * Of the secrets that software keeps for itself, those of which it may go by another version than the document's: a
 * service leaves one, as a killed run leaves some of them; or a deployment that did not end may have told another
 * before it came to a service. Of software that is yet to be made none: it makes its data by the document's version,
 * and of data that was kept the check `old-data` tells. Pure.
 * @param told of the definition; the swarm calls a version of a file `<stack>_<file>.v<N>`
 * @param unfinished names of versions, of those deployments
 */
export function toldChanges(
  stack: string,
  changes: readonly ServiceChange[],
  told: readonly Pick<ToldSecret, 'file' | 'what' | 'services'>[],
  { secrets, unfinished = [] }: Pick<StackDocument, 'secrets'> & { unfinished?: readonly string[] | undefined },
): ToldChange[] {
  const left = changes.flatMap((change) =>
    change.action === 'update'
      ? change.changes.flatMap(({ field, from = '' }) => (field.startsWith('secret ') ? [from] : []))
      : [],
  );
  return told.flatMap(({ file, what, services }) => {
    const versions = (names: readonly string[]): string[] =>
      names.filter((name) => name.replace(/\.v\d+$/, '').toLowerCase() === `${stack}_${file}`.toLowerCase());
    const [secret] = versions(Object.values(secrets).map(({ name }) => name));
    const exists = changes.some(({ name, action }) => services.includes(name) && /^(update|unchanged)$/.test(action));
    const before = [...new Set(versions([...left, ...unfinished]))].filter((name) => name !== secret);
    return secret === undefined || !exists || before.length === 0 ? [] : [{ file, secret, before, what }];
  });
}

/** A line each, for people. */
export const describeTold = (told: readonly ToldChange[]): string[] =>
  told.map(({ secret, what }) => `~ ${secret} becomes ${what}: what runs is told so before anything restarts`);
