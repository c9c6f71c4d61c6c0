import { join } from 'node:path';
import { onlyLineEnds } from '../bundle/line-diff.ts';
import { FILE } from '../bundle/names.ts';
import { wasEdited, type Notes } from '../bundle/notes.ts';
import { PUBLIC_FILE, readIfPresent } from '../io/files.ts';
import type { PlannedFile } from '../io/write-files.ts';

/**
 * A stack.yml that somebody edited, as a file that keeps it beside the one that takes its place: under a name that
 * nothing else has.
 * @param before what is on disk
 * @param after what is to be written there
 * @returns none if bundle wrote what is there, or nothing but line ends differs
 */
export async function keptEdit(
  dir: string,
  notes: Notes,
  before: string | undefined,
  after: string,
): Promise<PlannedFile[]> {
  if (before === undefined || before === after || onlyLineEnds(before, after) || !wasEdited(notes, before)) return [];
  for (let count = 1; ; count++) {
    const path = count === 1 ? FILE.edited : `${FILE.edited}.${count}`;
    const there = (await readIfPresent(join(dir, path)))?.toString('utf8');
    if (there === undefined || there === before) return [{ path, content: before, mode: PUBLIC_FILE }];
  }
}

/** That an edited stack.yml was kept, for each of the files that does it. @param shown DIR as the user named it */
export const keptEditTexts = (files: readonly { path: string }[], shown: string): string[] =>
  files
    .filter(({ path }) => path.startsWith(FILE.edited))
    .map(
      ({ path }) =>
        `${FILE.stack} was edited by hand: that one is kept as ${join(shown, path)}, which nothing reads; ` +
        `what of it is to stay belongs in ${FILE.answers}`,
    );
