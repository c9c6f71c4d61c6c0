import { usageError } from '../../errors.ts';

export interface KeptLine {
  at?: string;
  text: string;
}

/**
 * In characters. A document has up to twice as many, for what JSON escapes: well under the longest string of V8, which
 * is 2^29 - 24 (Node 20: buffer.constants.MAX_STRING_LENGTH).
 */
const MOST = 64_000_000;
/** Of a line, what a document has around its text. */
const AROUND = 128;

/** Lines for one document, of all tasks, up to a bound: a document is made as one string. */
export class KeptLines {
  readonly #full = new AbortController();
  readonly #stack: string;
  #length = 0;

  /** @param stack its name, for the error */
  constructor(stack: string) {
    this.#stack = stack;
  }

  /** Aborted when no more is kept, so that nothing is read any more; the reason is a BundleError (exit 2). */
  get full(): AbortSignal {
    return this.#full.signal;
  }

  add(lines: KeptLine[], line: KeptLine): void {
    this.#length += line.text.length + AROUND;
    if (this.#length <= MOST) lines.push(line);
    else if (!this.full.aborted)
      this.#full.abort(
        usageError(
          'logs-too-long',
          `${this.#stack}: its logs are longer than the ${MOST / 1_000_000} million characters that --json gives in its ` +
            'one document',
          ['read less: `--since 1h`, for example, or the logs of one service', 'without --json there is no such limit'],
        ),
      );
  }
}
