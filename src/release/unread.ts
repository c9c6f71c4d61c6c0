import { usageError, type BundleError } from '../errors.ts';
import type { StoredRelease } from './record.ts';

/** The releases of a stack, newest first, and the names of records that this version of bundle cannot read. */
export interface Records<R> {
  releases: readonly R[];
  unreadable: readonly string[];
}

/** The number of the release that a record of this name is of; 0 if it does not say. */
export function numberIn(name: string): number {
  return Number(/\.(\d+)$/.exec(name)?.[1] ?? 0);
}

/** The newest release that cannot be read, if it came after the one of this number. */
export function unreadAfter(unreadable: readonly string[], number: number): number | undefined {
  const newest = Math.max(0, ...unreadable.map(numberIn));
  return newest > number ? newest : undefined;
}

/**
 * The newest release of all, if it cannot be read: another version of bundle made it, and the newest of the others is
 * not what was deployed last.
 */
export function unreadNewest({ releases, unreadable }: Records<Pick<StoredRelease, 'number'>>): number | undefined {
  return unreadAfter(unreadable, releases[0]?.number ?? 0);
}

/** @param instead the release to name with --to, if there is one */
export function unreadRelease(stack: string, number: number, instead?: number): BundleError {
  return usageError('newer-release', `this version of bundle cannot read the record of release ${number} of ${stack}`, [
    'the version that made it can: a newer one, most likely',
    ...(instead === undefined ? [] : [`--to ${instead} names the last good one that this version can read`]),
    '`bundle history` lists them',
  ]);
}
