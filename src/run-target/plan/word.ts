import { shellWord } from '../../shell-word.ts';

/** A piece of a shell word, quoted already. */
export interface Piece {
  text: string;
}

/** One word of a command line: its pieces side by side. */
export type Word = Piece[];

/** The folder that the script is in. */
export const HERE: Piece = { text: '"$here"' };

export const quoted = (text: string): Piece => ({ text: shellWord(text) });
export const word = (text: string): Word => [quoted(text)];

/** One command, continued at each line end. */
export function commandText(start: string, lines: readonly Word[][]): string {
  return [start, ...lines.map((line) => `  ${line.map((one) => one.map(({ text }) => text).join('')).join(' ')}`)].join(
    ' \\\n',
  );
}
