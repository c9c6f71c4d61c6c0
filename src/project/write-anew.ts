import { refuseLongVariables } from '../bundle/long-variables.ts';
import { FILE } from '../bundle/names.ts';
import { BundleError } from '../errors.ts';
import { PUBLIC_FILE } from '../io/files.ts';
import { writeFilesInto } from '../io/write-files.ts';
import type { BundleDirectory } from './bundle-dir.ts';
import { refuseChanged } from '../io/sources.ts';
import { derivedFiles, notesFile, staleFiles } from './render-files.ts';

/**
 * Writes stack.yml, the runbook and the notes as `bundle render` does.
 * @throws BundleError `bundle-changed` (exit 8) if another command changed what they follow from
 */
export async function writeAnew(directory: BundleDirectory): Promise<void> {
  const { dir, shown, bundle, lock, sources, notes, plan, secrets } = directory;
  if (Object.keys(plan.variables ?? {}).length > 0) refuseLongVariables(plan, secrets.materials);
  const { stack, readme } = derivedFiles(bundle, lock);
  const stale = await staleFiles(dir, [notesFile(notes, stack, sources), stack, readme]);
  await writeFilesInto(
    dir,
    stale.map(({ path, content }) => ({ path, content, mode: PUBLIC_FILE })),
    () => refuseChanged(dir, shown, sources),
  );
}

/**
 * Notes that a stack.yml follows from bundle.yaml and bundle.lock.json as they are now.
 * @returns false if that cannot be written: nothing else needs to be, and the command goes on as without it
 */
export async function noteSources(
  { dir, shown, notes, sources }: Pick<BundleDirectory, 'dir' | 'shown' | 'notes' | 'sources'>,
  stack: string,
): Promise<boolean> {
  const { path, content } = notesFile(notes, { path: FILE.stack, content: stack }, sources);
  try {
    await writeFilesInto(dir, [{ path, content, mode: PUBLIC_FILE }], () => refuseChanged(dir, shown, sources));
    return true;
  } catch (error) {
    if (error instanceof BundleError) return false;
    throw error;
  }
}
