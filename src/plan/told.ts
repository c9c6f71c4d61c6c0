import type { ToldSecret } from '../sdk/definition.ts';
import type { ServiceChange, ToldChange } from './changes.ts';

/**
 * Of the secrets that software keeps for itself, those of which a service that exists goes over to another version.
 * What a killed run left half done is among them until each service has it. Pure.
 * @param told of the definition; the swarm calls a version of a file `<stack>_<file>.v<N>`
 */
export function toldChanges(
  stack: string,
  changes: readonly ServiceChange[],
  told: readonly Pick<ToldSecret, 'file' | 'what'>[],
): ToldChange[] {
  const fields = changes.flatMap((change) =>
    change.action === 'update' ? change.changes.filter(({ field }) => field.startsWith('secret ')) : [],
  );
  return told.flatMap(({ file, what }) => {
    const versions = (names: readonly (string | undefined)[]): string[] =>
      names.filter((name = '') => name.replace(/\.v\d+$/, '').toLowerCase() === `${stack}_${file}`.toLowerCase()) as string[]; // prettier-ignore
    const [secret] = versions(fields.map(({ to }) => to));
    const before = [...new Set(versions(fields.map(({ from }) => from)))].filter((name) => name !== secret);
    return secret === undefined || before.length === 0 ? [] : [{ file, secret, before, what }];
  });
}

/** A line each, for people. */
export const describeTold = (told: readonly ToldChange[]): string[] =>
  told.map(({ secret, what }) => `~ ${secret} becomes ${what}: what runs is told so before anything restarts`);
