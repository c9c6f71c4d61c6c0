/** So many lines are one piece. */
const PIECE = 1_000;

/**
 * The lines of a text that is being made. Those that are complete are joined now and then: by themselves, the lines of
 * thousands of services take several times the memory of their text.
 */
export class TextLines {
  #pieces: string[] = [];
  #open: string[] = [];

  /** How many there are. */
  get count(): number {
    return this.#pieces.length * PIECE + this.#open.length;
  }

  /** Adds one. */
  push(line: string): void {
    if (this.#open.length === PIECE) {
      this.#pieces.push(this.#open.join('\n'));
      this.#open = [];
    }
    this.#open.push(line);
  }

  /** Puts another one in place of the last. */
  replaceLast(line: string): void {
    this.#open[this.#open.length - 1] = line;
  }

  /** All of them, each ended. */
  toString(): string {
    return `${[...this.#pieces, this.#open.join('\n')].join('\n')}\n`;
  }
}
