import { usageError } from '../errors.ts';
import type { StackDefinition } from '../sdk/definition.ts';

/** What can be deployed. The entry of the program hands it in; the first is the default of `init`. */
export type Catalogue = readonly StackDefinition[];

/** The definition of that name. @throws BundleError (exit 2) that lists the catalogue */
export function findStack(stacks: Catalogue, name: string, file: string): StackDefinition {
  const found = stacks.find((definition) => definition.name === name);
  if (found) return found;
  const known = stacks.map((definition) => definition.name).join(', ');
  throw usageError(
    'unknown-stack',
    `${file}: stack ${name === '' ? 'is missing' : `"${name}" is unknown`}; bundle knows ${known}`,
  );
}
