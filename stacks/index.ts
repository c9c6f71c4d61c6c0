import { usageError } from '../src/errors.ts';
import type { StackDefinition } from '../src/sdk/definition.ts';
import { imply } from './imply/index.ts';
import { kafka } from './kafka/index.ts';
import { zookeeper } from './zookeeper/index.ts';

/** The catalogue. A new stack is a folder here and one line in this list. */
export const stacks: readonly StackDefinition[] = [imply, kafka, zookeeper];

/** The definition of that name. @throws BundleError (exit 2) that lists the catalogue */
export function findStack(name: string, file: string): StackDefinition {
  const found = stacks.find((definition) => definition.name === name);
  if (found) return found;
  const known = stacks.map((definition) => definition.name).join(', ');
  throw usageError(
    'unknown-stack',
    `${file}: stack ${name === '' ? 'is missing' : `"${name}" is unknown`}; the catalogue has: ${known}`,
  );
}
