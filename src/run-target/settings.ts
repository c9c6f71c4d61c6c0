import { join } from 'node:path';
import * as z from 'zod';
import { usageError } from '../errors.ts';
import { PRIVATE_FILE, readIfPresent, writeAtomically } from '../io/files.ts';
import { jsonText } from '../json-text.ts';
import { HOSTNAME } from '../place/named-node.ts';

const host = z.string().regex(HOSTNAME);
/** Without a zone: that is a name of one host's own interface. */
export const hostAddress = z.union([z.ipv4(), z.ipv6()]);

const schema = z.strictObject({
  network: z.enum(['bridge', 'host']),
  /** Host to IP address. */
  addresses: z.record(host, hostAddress),
  /** Whose folders are beside it. */
  hosts: z.array(host),
  /** Those of earlier renderings, until it is seen that nothing is left there. Builds of before wrote none. */
  former: z.array(host).default([]),
  /** Whose files are in those. */
  services: z.array(z.string()),
});

/** What the folders of `docker run` commands were last rendered with. */
export type RunSettings = z.infer<typeof schema>;

export const RUN_SETTINGS = 'run.json';

/** @param dir `run/` of a bundle @throws BundleError (exit 2) if the file is not valid */
export async function readRunSettings(dir: string, shown: string): Promise<RunSettings | undefined> {
  const text = await readIfPresent(join(dir, RUN_SETTINGS));
  if (!text) return undefined;
  try {
    return schema.parse(JSON.parse(text.toString('utf8')));
  } catch {
    throw usageError('invalid-run-settings', `${join(shown, RUN_SETTINGS)} is not as bundle writes it`, [
      'remove that file, and give --network and --address again',
    ]);
  }
}

export const formatRunSettings = (settings: RunSettings): string => jsonText(schema.parse(settings));

/** @param dir `run/` of a bundle @throws BundleError if it cannot be written */
export const saveRunSettings = (dir: string, settings: RunSettings): Promise<void> =>
  writeAtomically(join(dir, RUN_SETTINGS), formatRunSettings(settings), PRIVATE_FILE);
