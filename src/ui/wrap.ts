import { widthOf } from './style.ts';

/** Columns of the terminal that standard error is; 80 if it is none. */
export const terminalColumns = (): number => process.stderr.columns || 80;

/**
 * One line as several that fit. Breaks between words only: a word that is longer than the screen stays whole.
 * @param hang columns before the second and every further line
 */
export function fold(line: string, width: number, hang: number): string[] {
  const lead = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = lead;
  for (const word of line.slice(lead.length).split(' ')) {
    const empty = current.trim() === '';
    if (!empty && widthOf(current) + widthOf(word) + 1 > width) {
      lines.push(current);
      current = ' '.repeat(hang) + word;
    } else current = empty ? current + word : `${current} ${word}`;
  }
  return [...lines, current];
}
