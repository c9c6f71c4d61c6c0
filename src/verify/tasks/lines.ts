import type { LogFrame } from '../../engine/port.ts';

export interface LogLine {
  text: string;
  /** RFC 3339, if the log was asked for with timestamps. */
  time?: string;
}

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
}

/**
 * Puts lines together from frames, per stream, since a line may come in pieces and a frame may hold several.
 * Holds at most 64 KiB of a line; a longer one is given in overlapping parts.
 */
export class Lines {
  readonly #onLine: (line: LogLine) => void;
  readonly #options: { timestamps: boolean; tty: boolean };
  readonly #pending = { stdout: empty(), stderr: empty() };

  constructor(options: { timestamps: boolean; tty: boolean }, onLine: (line: LogLine) => void) {
    this.#options = options;
    this.#onLine = onLine;
  }

  push(frame: LogFrame & { stream: 'stdout' | 'stderr' }): void {
    const pending = this.#pending[frame.stream];
    let data = frame.data;
    // The engine cuts a line over 16 KiB into records and puts the time before each, in the middle of the line.
    if (pending.length > 0 && this.#options.timestamps && !this.#options.tty)
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
    for (let from = 0; from < data.length;) {
      const piece = data.subarray(from, from + LONGEST - pending.length);
      pending.pieces.push(piece);
      pending.length += piece.length;
      from += piece.length;
      if (pending.length >= LONGEST) this.#emit(pending, true);
    }
  }

  #emit(pending: Pending, partial: boolean): void {
    const first = pending.pieces[0];
    const whole = pending.pieces.length === 1 && first !== undefined ? first : Buffer.concat(pending.pieces);
    const text = whole.toString('utf8');
    const stamp = this.#options.timestamps && pending.time === undefined ? TIMESTAMP.exec(text) : null;
    const time = stamp?.[1] ?? pending.time;
    this.#onLine({
      text: stamp === null ? text : text.slice(stamp[0].length),
      ...(time === undefined ? {} : { time }),
    });
    // A copy: a view would keep the whole chunk alive.
    const rest = partial ? [Buffer.from(whole.subarray(-OVERLAP))] : [];
    pending.pieces = rest;
    pending.length = partial ? OVERLAP : 0;
    pending.time = partial ? time : undefined;
  }
}

function empty(): Pending {
  return { pieces: [], length: 0, time: undefined };
}

function timestampLength(data: Buffer): number {
  return TIMESTAMP.exec(data.subarray(0, TIMESTAMP_LENGTH).toString('latin1'))?.[0].length ?? 0;
}
