const CONFLICT = /^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$/m;

/** Where a text has the first mark of a merge conflict, counted in characters; undefined if it has none. */
export function conflictMark(text: string): number | undefined {
  return CONFLICT.exec(text)?.index;
}

/** In words, of a file that has one. */
export const CONFLICT_WORDS = 'the mark of a merge conflict';
