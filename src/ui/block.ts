import { widthOf } from './style.ts';

/** Some lines at the end of a terminal's output that are drawn again in place. */
export class Block {
  readonly #stream: NodeJS.WriteStream;
  #lines: string[] = [];
  /** Lines that stand on the terminal now. */
  #drawn = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Shows these lines in place of the former ones. */
  draw(lines: readonly string[]): void {
    this.#lines = [...lines];
    const text = this.#erase() + this.#text();
    this.#stream.write(text);
  }

  /** Takes the block off the terminal, so that something can be written above it. */
  clear(): void {
    if (this.#drawn > 0) this.#stream.write(this.#erase());
  }

  /** Puts the block back after `clear`. */
  redraw(): void {
    if (this.#lines.length > 0) this.#stream.write(this.#text());
  }

  /** Leaves the block where it stands and forgets it. */
  release(): void {
    this.#lines = [];
    this.#drawn = 0;
  }

  #erase(): string {
    const up = this.#drawn;
    this.#drawn = 0;
    return up === 0 ? '' : `\u001b[${String(up)}A\u001b[0J`;
  }

  #text(): string {
    // What scrolled off the screen cannot be redrawn, and a wrapped line counts twice: cut both.
    const rows = Math.max(1, (this.#stream.rows || 24) - 1);
    const columns = Math.max(20, (this.#stream.columns || 80) - 1);
    const hidden = this.#lines.length - rows;
    const lines = hidden > 0 ? [...this.#lines.slice(0, rows - 1), `  … and ${String(hidden + 1)} more`] : this.#lines;
    this.#drawn = lines.length;
    return lines.map((line) => `${cut(line, columns)}\n`).join('');
  }
}

/** Cuts to a width, leaving escape sequences whole so that no colour runs on. */
function cut(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  let room = columns - 1;
  const pieces = line.split(/(\u001b\[[0-9;]*m)/);
  const kept = pieces.map((piece, index) => {
    if (index % 2 === 1) return piece;
    const characters = [...piece].slice(0, Math.max(0, room));
    room -= [...piece].length;
    return characters.join('');
  });
  return `${kept.join('')}…`;
}
