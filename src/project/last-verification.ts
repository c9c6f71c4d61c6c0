import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { FILE, IGNORE_ALL } from '../bundle/names.ts';
import { BundleError } from '../errors.ts';
import { giveDirectoryToOwner } from '../io/owner.ts';
import { isDenied, PUBLIC_FILE, readIfPresent, writeAtomically } from '../io/files.ts';
import { jsonText } from '../json-text.ts';

const result = z.object({
  at: z.string(),
  exit: z.int(),
  passed: z.int(),
  failed: z.int(),
  unsure: z.int(),
  /** The swarm's newest release then; absent if it had none or it could not be read, and from earlier builds. */
  release: z.object({ number: z.int(), at: z.string() }).optional(),
});

/** When this machine last verified all of the bundle, and with what result. */
export type LastVerification = z.infer<typeof result>;

/** Earlier builds did not write down which swarm it was. */
const ofSwarm = result.extend({ cluster: z.string().optional() });
const schema = ofSwarm.extend({ elsewhere: z.array(ofSwarm).default([]) });
type OfSwarm = z.infer<typeof ofSwarm>;

/**
 * One directory may be deployed to several swarms (staging, production); of more than these the oldest is forgotten.
 */
const SWARMS = 10;

/** What is of this machine only; it keeps itself out of git. */
const STATE = '.state';

/**
 * Remembers a verification, beside the last ones of other swarms. A directory that cannot be written is no reason to
 * fail one.
 * @param cluster the swarm's id
 */
export async function saveLastVerification(dir: string, last: LastVerification, cluster: string): Promise<void> {
  try {
    const elsewhere = (await readAll(dir)).filter((each) => each.cluster !== undefined && each.cluster !== cluster);
    const content = { ...last, cluster, elsewhere: elsewhere.slice(0, SWARMS - 1) };
    const state = join(dir, STATE);
    if ((await mkdir(state, { recursive: true })) !== undefined) await giveDirectoryToOwner(state);
    await writeAtomically(join(dir, STATE, FILE.ignore), IGNORE_ALL, PUBLIC_FILE);
    await writeAtomically(join(dir, STATE, FILE.lastVerification), jsonText(content), PUBLIC_FILE);
  } catch (error) {
    const bySystem = error instanceof BundleError || (error as NodeJS.ErrnoException).code !== undefined;
    if (!bySystem) throw error;
  }
}

/**
 * The last one on this swarm; undefined if none is remembered, or it is another user's who keeps it to himself. One of
 * an earlier build, which did not write down its swarm, counts.
 * @param cluster the swarm's id
 */
export async function readLastVerification(
  dir: string,
  cluster: string | undefined,
): Promise<LastVerification | undefined> {
  const last = (await readAll(dir)).find((each) => each.cluster === undefined || each.cluster === cluster);
  return last && result.parse(last);
}

/** The last one of each swarm, newest first. */
async function readAll(dir: string): Promise<OfSwarm[]> {
  const text = await readIfPresent(join(dir, STATE, FILE.lastVerification)).catch((error: unknown) => {
    if (!isDenied(error)) throw error;
    return undefined;
  });
  if (!text) return [];
  try {
    const { elsewhere, ...last } = schema.parse(JSON.parse(text.toString('utf8')));
    return [last, ...elsewhere];
  } catch {
    return []; // Half a thought from an older version; the next verification writes it anew.
  }
}
