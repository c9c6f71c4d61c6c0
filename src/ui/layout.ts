import { wrapAnsi } from 'fast-wrap-ansi';
import { widthOf } from './style.ts';

/** A column that would be narrower than this stands below its line instead. */
const LEAST = 24;
/** Columns of text if nobody looks at a terminal: a log, a file, a pipe. The same everywhere. */
const ELSEWHERE = 100;

/** How many columns a screen has: `COLUMNS` if it is set, else the terminal's own, else 100. */
export function columnsOf(
  stream: Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>>,
  env: NodeJS.ProcessEnv,
): number {
  const told = Number(env['COLUMNS']);
  if (Number.isInteger(told) && told > 0) return told;
  return stream.isTTY && stream.columns ? stream.columns : ELSEWHERE;
}

/** Columns of the terminal on which questions are asked; 80 if it does not say. */
export const terminalColumns = (): number => process.stderr.columns || 80;

/**
 * One line as several that fit. Breaks between words only: a word that is longer than the screen stays whole.
 * @param hang columns before the second and every further line; two more than the line's own indent and mark, if absent
 */
export function fold(line: string, width: number, hang = lead(line).length + 2): string[] {
  if (widthOf(line) <= width) return [line];
  const before = lead(line);
  // The first line begins where its text does, the others hang: they are wrapped apart.
  const [first = '', ...rest] = wrapped(line.slice(before.length), width - before.length);
  const others = rest.length === 0 ? [] : wrapped(rest.join(' '), width - hang);
  return [before + first, ...others.map((text) => ' '.repeat(hang) + text)];
}

/**
 * Rows as aligned columns, two spaces apart. The last column is wrapped within its place; if it would be too narrow,
 * it stands indented below its row. Colours take no place; a line break in a last cell begins a new line there.
 */
export function columns(rows: readonly (readonly string[])[], width: number, indent = ''): string[] {
  const last = Math.max(...rows.map((row) => row.length)) - 1;
  const widths: number[] = [];
  for (const row of rows)
    row.slice(0, last).forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))));
  return rows.flatMap((row) => {
    const cells = row.slice(0, last).map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)));
    const head = indent + cells.map((cell) => `${cell}  `).join('');
    const text = row[last];
    if (text === undefined || text === '') return [head.trimEnd()];
    const at = widthOf(head);
    const room = width - at;
    const lines = text.split('\n');
    const fits = lines.every((line) => widthOf(line) <= room);
    if (fits || room >= LEAST)
      return lines
        .flatMap((line) => wrapped(line, room))
        .map((line, index) => (index === 0 ? head : ' '.repeat(at)) + line);
    const below = ' '.repeat(indent.length + 4);
    return [head.trimEnd(), ...lines.flatMap((line) => fold(below + line, width))];
  });
}

/** Items one after the other, as many on a line as fit; no item is broken. Every line begins with `indent`. */
export function flow(items: readonly string[], width: number, indent = '', gap = '   '): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const line = lines.at(-1);
    if (line !== undefined && widthOf(line) + widthOf(gap) + widthOf(item) <= width)
      lines[lines.length - 1] = line + gap + item;
    else lines.push(indent + item);
  }
  return lines;
}

/** Indent and mark of a line: what its text begins after. */
function lead(line: string): string {
  return /^\s*(?:(?:[-+~!=?✔✘○·→…]|\d+\.) +)?/u.exec(line)?.[0] ?? '';
}

function wrapped(text: string, width: number): string[] {
  return wrapAnsi(text, Math.max(1, width)).split('\n');
}
