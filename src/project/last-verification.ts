import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { FILE, IGNORE_ALL } from '../bundle/names.ts';
import { BundleError } from '../errors.ts';
import { giveDirectoryToOwner } from '../io/owner.ts';
import { isDenied, PUBLIC_FILE, readIfPresent, writeAtomically } from '../io/files.ts';
import { jsonText } from '../json-text.ts';

const schema = z.object({ at: z.string(), exit: z.int(), passed: z.int(), failed: z.int(), unsure: z.int() });

/** When this machine last verified all of the bundle, and with what result. */
export type LastVerification = z.infer<typeof schema>;

/** What is of this machine only; it keeps itself out of git. */
const STATE = '.state';

/** Remembers a verification. A directory that cannot be written is no reason to fail one. */
export async function saveLastVerification(dir: string, last: LastVerification): Promise<void> {
  try {
    const state = join(dir, STATE);
    if ((await mkdir(state, { recursive: true })) !== undefined) await giveDirectoryToOwner(state);
    await writeAtomically(join(dir, STATE, FILE.ignore), IGNORE_ALL, PUBLIC_FILE);
    await writeAtomically(join(dir, STATE, FILE.lastVerification), jsonText(last), PUBLIC_FILE);
  } catch (error) {
    const bySystem = error instanceof BundleError || (error as NodeJS.ErrnoException).code !== undefined;
    if (!bySystem) throw error;
  }
}

/** The last one; undefined if none is remembered, or it is another user's who keeps it to himself. */
export async function readLastVerification(dir: string): Promise<LastVerification | undefined> {
  const text = await readIfPresent(join(dir, STATE, FILE.lastVerification)).catch((error: unknown) => {
    if (!isDenied(error)) throw error;
    return undefined;
  });
  if (!text) return undefined;
  try {
    return schema.parse(JSON.parse(text.toString('utf8')));
  } catch {
    return undefined; // Half a thought from an older version; the next verification writes it anew.
  }
}
