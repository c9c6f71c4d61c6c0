import type { LogFrame } from '../../engine/port.ts';

export interface LogLine {
  text: string;
  /** RFC 3339, if the log was asked for with timestamps. */
  time?: string;
  /** It is not all of a line, which is too long to hold. */
  part?: true;
}

export interface LinesOptions {
  timestamps: boolean;
  tty: boolean;
  /** Of a longer line only so many bytes, its beginning, are given; without this all of it, in parts. */
  upTo?: number;
}

/** As much of a line as who shows it holds, in bytes; the engine gives it in records of 16 KiB. */
export const LONGEST_SHOWN = 2 ** 20;
const LONGEST = 64 * 1024;
/** Kept of a line that is too long to hold, so that nothing is missed at the cut. */
const OVERLAP = 4 * 1024;
const NEWLINE = 0x0a;
const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) /;
const TIMESTAMP_LENGTH = 40;

interface Pending {
  pieces: Buffer[];
  length: number;
  time: string | undefined;
  /** Some of the line was given. */
  begun: boolean;
}

/**
 * Puts lines together from frames, per stream, since a line may come in pieces and a frame may hold several.
 * Holds at most 64 KiB of a line, or what it is told; a longer one is given in overlapping parts, for who looks for
 * something, or its beginning alone, for who shows it.
 */
export class Lines {
  readonly #onLine: (line: LogLine) => void;
  readonly #options: LinesOptions;
  readonly #longest: number;
  readonly #pending = { stdout: empty(), stderr: empty() };

  constructor(options: LinesOptions, onLine: (line: LogLine) => void) {
    this.#options = options;
    this.#longest = options.upTo ?? LONGEST;
    this.#onLine = onLine;
  }

  push(frame: LogFrame & { stream: 'stdout' | 'stderr' }): void {
    const pending = this.#pending[frame.stream];
    let data = frame.data;
    // The engine cuts a line over 16 KiB into records and puts the time before each, in the middle of the line.
    if ((pending.length > 0 || pending.begun) && this.#options.timestamps && !this.#options.tty)
      data = data.subarray(timestampLength(data));
    let from = 0;
    for (let end = data.indexOf(NEWLINE, from); end !== -1; end = data.indexOf(NEWLINE, from)) {
      this.#append(pending, data.subarray(from, end));
      this.#emit(pending, false);
      from = end + 1;
    }
    if (from < data.length) this.#append(pending, data.subarray(from));
  }

  /** Gives what came without a line end; call it when the log ended or waiting for more ends. */
  end(): void {
    for (const pending of [this.#pending.stdout, this.#pending.stderr])
      if (pending.length > 0) this.#emit(pending, false);
  }

  #append(pending: Pending, data: Buffer): void {
    for (let from = 0; from < data.length && !this.#isDone(pending);) {
      if (pending.length >= this.#longest) {
        this.#emit(pending, true);
        continue;
      }
      const piece = data.subarray(from, from + this.#longest - pending.length);
      pending.pieces.push(piece);
      pending.length += piece.length;
      from += piece.length;
    }
  }

  /** Whether all that is wanted of a line was given. */
  #isDone({ begun }: Pending): boolean {
    return begun && this.#options.upTo !== undefined;
  }

  /** @param partial the line goes on */
  #emit(pending: Pending, partial: boolean): void {
    if (this.#isDone(pending)) {
      pending.begun = false;
      return;
    }
    const first = pending.pieces[0];
    const whole = pending.pieces.length === 1 && first !== undefined ? first : Buffer.concat(pending.pieces);
    const text = whole.toString('utf8');
    const stamp = this.#options.timestamps && pending.time === undefined ? TIMESTAMP.exec(text) : null;
    const time = stamp?.[1] ?? pending.time;
    this.#onLine({
      text: stamp === null ? text : text.slice(stamp[0].length),
      ...(time === undefined ? {} : { time }),
      ...(partial || pending.begun ? { part: true } : {}),
    });
    const goesOn = partial && this.#options.upTo === undefined;
    // A copy: a view would keep the whole chunk alive.
    pending.pieces = goesOn ? [Buffer.from(whole.subarray(-OVERLAP))] : [];
    pending.length = goesOn ? OVERLAP : 0;
    pending.time = goesOn ? time : undefined;
    pending.begun = partial;
  }
}

function empty(): Pending {
  return { pieces: [], length: 0, time: undefined, begun: false };
}

function timestampLength(data: Buffer): number {
  return TIMESTAMP.exec(data.subarray(0, TIMESTAMP_LENGTH).toString('latin1'))?.[0].length ?? 0;
}
