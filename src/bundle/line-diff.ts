/** Longest texts that are compared line by line; above it, only the first difference is shown. */
const LIMIT = 4000;

export interface LineDiff {
  added: number;
  removed: number;
  /** `-old` and `+new` lines under `@@ line n @@`, at most `most` of them. */
  lines: string[];
  /** Lines left out. */
  more: number;
}

/** What separates such a text from ours, and what did it, for a sentence. */
export const lineEndsOnly = (before: string): string =>
  `in ${before.startsWith('\ufeff') ? 'a byte order mark and ' : ''}line ends only: an editor, or git with ` +
  'core.autocrlf, changed them';

/**
 * Whether two different texts are the same but for their line ends (CRLF, LF, none at the end) and a byte order mark.
 */
export function onlyLineEnds(before: string, after: string): boolean {
  return before !== after && withOwnLineEnds(before) === withOwnLineEnds(after);
}

/** A text with the line ends that bundle writes, whatever an editor or git made of them. */
export const withOwnLineEnds = (text: string): string =>
  `${text
    .replace(/^\ufeff/, '')
    .replace(/\r*\n|\r/g, '\n')
    .replace(/\n+$/, '')}\n`;

/** What separates two texts, as a short unified-like listing. */
export function lineDiff(before: string, after: string, most = 20): LineDiff {
  const edits = difference(before.split('\n'), after.split('\n'));
  const lines: string[] = [];
  let last = -2;
  for (const { line, index, sign } of edits) {
    if (index > last + 1) lines.push(`@@ line ${index + 1} @@`);
    last = sign === '-' ? index : index - 1;
    lines.push(`${sign}${line}`);
  }
  return {
    added: edits.filter(({ sign }) => sign === '+').length,
    removed: edits.filter(({ sign }) => sign === '-').length,
    lines: lines.slice(0, most),
    more: Math.max(0, lines.length - most),
  };
}

interface Edit {
  sign: '+' | '-';
  line: string;
  /** In the old text, counted from 0. */
  index: number;
}

/** Longest common subsequence between the equal head and tail of both. */
function difference(a: string[], b: string[]): Edit[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const left = a.slice(head, a.length - tail);
  const right = b.slice(head, b.length - tail);
  if (left.length * right.length > LIMIT * LIMIT) {
    return [
      ...left.map((line, index): Edit => ({ sign: '-', line, index: head + index })),
      ...right.map((line): Edit => ({ sign: '+', line, index: head + left.length })),
    ];
  }
  return walk(left, right, table(left, right), head);
}

function table(a: string[], b: string[]): Uint16Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      rows[i]![j] =
        a[i] === b[j] ? (rows[i + 1]![j + 1] ?? 0) + 1 : Math.max(rows[i + 1]![j] ?? 0, rows[i]![j + 1] ?? 0);
    }
  }
  return rows;
}

function walk(a: string[], b: string[], rows: Uint16Array[], head: number): Edit[] {
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i++;
      j++;
    } else if (i < a.length && (j >= b.length || (rows[i + 1]![j] ?? 0) >= (rows[i]![j + 1] ?? 0))) {
      edits.push({ sign: '-', line: a[i] ?? '', index: head + i++ });
    } else edits.push({ sign: '+', line: b[j++] ?? '', index: head + i });
  }
  return edits;
}
