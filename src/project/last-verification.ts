import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { FILE, IGNORE_ALL } from '../bundle/names.ts';
import { BundleError } from '../errors.ts';
import { PUBLIC_FILE, readIfPresent, writeAtomically } from '../io/files.ts';
import { jsonText } from '../json-text.ts';

const schema = z.object({ at: z.string(), exit: z.int(), passed: z.int(), failed: z.int(), unsure: z.int() });

/** When this machine last verified the bundle, and with what result. */
export type LastVerification = z.infer<typeof schema>;

/** What is of this machine only; it keeps itself out of git. */
const STATE = '.state';
const NAME = 'last-verification.json';

/** Remembers a verification. A directory that cannot be written is no reason to fail one. */
export async function saveLastVerification(dir: string, last: LastVerification): Promise<void> {
  try {
    await mkdir(join(dir, STATE), { recursive: true });
    await writeAtomically(join(dir, STATE, FILE.ignore), IGNORE_ALL, PUBLIC_FILE);
    await writeAtomically(join(dir, STATE, NAME), jsonText(last), PUBLIC_FILE);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (!(error instanceof BundleError) && code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw error;
  }
}

export async function readLastVerification(dir: string): Promise<LastVerification | undefined> {
  const text = await readIfPresent(join(dir, STATE, NAME));
  if (!text) return undefined;
  try {
    return schema.parse(JSON.parse(text.toString('utf8')));
  } catch {
    return undefined; // Half a thought from an older version; the next verification writes it anew.
  }
}
