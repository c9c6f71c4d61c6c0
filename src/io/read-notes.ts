import { join } from 'node:path';
import { FILE } from '../bundle/names.ts';
import { noNotes, parseNotes, type Notes } from '../bundle/notes.ts';
import { readIfPresent } from './files.ts';

/** What bundle noted in a bundle directory; nothing if it has no such file. */
export async function readNotes(dir: string): Promise<Notes> {
  const text = await readIfPresent(join(dir, FILE.notes));
  return text ? parseNotes(text.toString('utf8')) : noNotes();
}
