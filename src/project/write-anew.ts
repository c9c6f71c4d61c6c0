import { refuseLongVariables } from '../bundle/long-variables.ts';
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
