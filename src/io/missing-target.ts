import { readlink, stat } from 'node:fs/promises';
import { BundleError } from '../errors.ts';

/** What to do about one. */
export const MOUNT_IT = 'mount that, or make that directory, or let the link name another one';

/**
 * What a link names if nothing is there, as of a volume that is not mounted; undefined of all else: a link to
 * something, what is no link, what is not there itself, and what cannot be told.
 */
export async function missingTarget(path: string): Promise<string | undefined> {
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined) return undefined;
  return stat(path).then(
    () => undefined,
    ({ code }: NodeJS.ErrnoException) => (code === 'ENOENT' || code === 'ENOTDIR' ? target : undefined),
  );
}

/** That a link's directory is not there. */
export const awayText = (path: string, target: string): string => `${path} is a link to ${target}, which is not there`;

/**
 * Refuses a link to a directory that is not there: what belongs into it must come to no other place, least of all
 * secrets to another disk.
 * @throws BundleError `file`
 */
export async function refuseMissingTarget(path: string): Promise<void> {
  const target = await missingTarget(path);
  if (target !== undefined) throw new BundleError('file', awayText(path, target), { hints: [MOUNT_IT] });
}
