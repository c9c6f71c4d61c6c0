import { usageError } from '../errors.ts';
import type { StackDefinition, StackEntry } from '../sdk/definition.ts';

/** What can be deployed. The entry of the program hands it in; the first is the default of `init`. */
export type Catalogue = readonly StackEntry[];

/** The stack of that name, of entries or of definitions. @throws BundleError (exit 2) that lists those there are */
export function findStack<Stack extends { name: string }>(stacks: readonly Stack[], name: string, file: string): Stack {
  const found = stacks.find((stack) => stack.name === name);
  if (found) return found;
  const known = stacks.map((stack) => stack.name).join(', ');
  throw usageError(
    'unknown-stack',
    `${file}: stack ${name === '' ? 'is missing' : `"${name}" is unknown`}; bundle knows ${known}`,
  );
}

/** The definition that answers name. @throws BundleError (exit 2) that lists the catalogue */
export function definitionOf(
  stacks: Catalogue,
  { stack }: Record<string, unknown>,
  file: string,
): Promise<StackDefinition> {
  return findStack(stacks, typeof stack === 'string' ? stack : '', file).load();
}

/** Every definition of the catalogue, in its order. */
export const allDefinitions = (stacks: Catalogue): Promise<StackDefinition[]> =>
  Promise.all(stacks.map((stack) => stack.load()));
