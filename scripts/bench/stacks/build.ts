import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildBundle } from '../../build.mjs';

/** Builds the program with the bench's own stacks into a directory; gives its file. */
export async function buildWithOwnStacks(directory: string): Promise<string> {
  await buildBundle(pathToFileURL(`${directory}/`), 'scripts/bench/stacks/entry.ts');
  // An entry's name is always that of the program.
  return join(directory, 'bundle.cjs');
}
