import { join } from 'node:path';
import { FILE } from '../bundle/names.ts';
import { BundleError, EXIT } from '../errors.ts';
import { readIfPresent } from './files.ts';

/** What all other files of a bundle, and a plan, follow from: their bytes at one moment. */
export type Sources = readonly (Buffer | undefined)[];

const FILES = [FILE.answers, FILE.lock] as const;

/** bundle.yaml and bundle.lock.json as they are now; undefined where there is none. */
export const readSources = (dir: string): Promise<Sources> =>
  Promise.all(FILES.map((file) => readIfPresent(join(dir, file))));

/**
 * Refuses to write what follows from files that are others by now.
 * @param shown DIR as the user named it
 * @throws BundleError `bundle-changed` (exit 8)
 */
export async function refuseChanged(dir: string, shown: string, before: Sources): Promise<void> {
  const now = await readSources(dir);
  const other = FILES.find((_file, index) => before[index]?.toString() !== now[index]?.toString());
  if (other === undefined) return;
  throw new BundleError('bundle-changed', `${join(shown, other)} changed since it was read`, {
    exit: EXIT.held,
    hints: ['nothing was done; run the same command again to see the bundle as it is now'],
  });
}
