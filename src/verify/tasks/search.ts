import { withoutEscapes } from '../../ui/quote.ts';
import { unescaped } from '../../ui/unescape.ts';
import type { LogLine } from './lines.ts';

export type LineResult =
  /** `part`: the line is a piece of a longer one. */
  | { is: 'found'; line: string; time?: string; part?: true }
  /** The log was read to its end and does not have it. */
  | { is: 'missing'; reason: string }
  /**
   * The log could not be read, or not all of it; the reason says what to do. `gone`: what there is of it was read, and
   * the line may have been in what it has lost.
   */
  | { is: 'unsure'; reason: string; gone?: true };

/** The patterns looked for in a log, and the first line with each. */
export class Search {
  readonly #patterns: readonly string[];
  readonly #open: Set<string>;
  readonly #found = new Map<string, LogLine>();
  readonly #onFound: ((pattern: string, result: LineResult) => void) | undefined;

  /** @param onFound called once for each pattern, as soon as a line with it is seen */
  constructor(patterns: readonly string[], onFound?: (pattern: string, result: LineResult) => void) {
    this.#patterns = patterns;
    this.#onFound = onFound;
    this.#open = new Set(patterns);
  }

  /** True once everything is found. */
  take(line: LogLine): boolean {
    const text = withoutEscapes(isObject(line.text) ? unescaped(line.text) : line.text);
    for (const pattern of this.#open) {
      if (!has(text, pattern)) continue;
      this.#found.set(pattern, { ...line, text });
      this.#open.delete(pattern);
      this.#onFound?.(pattern, found({ ...line, text }));
    }
    return this.#open.size === 0;
  }

  /** `otherwise`: what is said of patterns that were not found. */
  results(otherwise: LineResult = { is: 'unsure', reason: 'not looked for' }): Map<string, LineResult> {
    return new Map(
      this.#patterns.map((pattern): [string, LineResult] => {
        const line = this.#found.get(pattern);
        return [pattern, line === undefined ? otherwise : found(line)];
      }),
    );
  }
}

/** A line of JSON: its writer chose which quotes, slashes and other characters to escape. */
const isObject = (line: string): boolean => line.trimStart().startsWith('{');

/** A line break at the end of a pattern is the end of the line. */
const has = (text: string, pattern: string): boolean =>
  pattern.endsWith('\n') ? text.trimEnd().endsWith(pattern.slice(0, -1)) : text.includes(pattern);

/** A pattern for sentences. */
export const patternText = (pattern: string): string =>
  pattern.endsWith('\n') ? `"${pattern.slice(0, -1)}" at its end` : `"${pattern}"`;

function found({ text, ...more }: LogLine): LineResult {
  return { is: 'found', line: text, ...more };
}
