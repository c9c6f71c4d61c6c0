/** Log frames to lines of text. One log message may come in several frames (Docker cuts at 16 KiB), and one frame may hold several lines. */
import type { LogFrame } from './port.ts';

export interface LogLine {
  stream: LogFrame['stream'];
  /** Without its line end; invalid UTF-8 is replaced. */
  text: string;
  /** RFC 3339 with nanoseconds, where the log was asked for with timestamps. */
  time?: string;
  /** The line was longer than the bound; its rest is dropped. */
  truncated?: true;
}

export interface LineOptions {
  /** The log was asked for with `timestamps`: take them off the text. */
  timestamps?: boolean;
  /** Log of a terminal: no frames, so a time stands at the start of a line only. */
  tty?: boolean;
  /** Longest line, in bytes (1 MiB). */
  maxLine?: number;
}

const MAX_LINE = 1024 * 1024;
const NEWLINE = 0x0a;
/** Go's RFC3339NanoFixed, which the engine writes, and a space. */
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d)) /;
const STAMP_LENGTH = 36;

/** The unfinished line of one stream. */
class Pending {
  private buffer = Buffer.alloc(0);
  private length = 0;
  private readonly max: number;
  truncated = false;
  time: string | undefined;
  /** Something of the line was seen, be it only its time. */
  begun = false;

  constructor(max: number) {
    this.max = max;
  }

  add(part: Buffer): void {
    this.begun = true;
    const taken = Math.min(part.length, this.max - this.length);
    if (taken < part.length) this.truncated = true;
    if (this.length + taken > this.buffer.length) {
      // Doubling keeps many small frames linear.
      const grown = Buffer.allocUnsafe(Math.min(this.max, Math.max(256, 2 * this.buffer.length, this.length + taken)));
      this.buffer.copy(grown, 0, 0, this.length);
      this.buffer = grown;
    }
    this.length += part.copy(this.buffer, this.length, 0, taken);
  }

  take(stream: LogFrame['stream'], stampInText: boolean): LogLine {
    let text = this.buffer.toString('utf8', 0, this.length);
    let time = this.time;
    if (stampInText) {
      time = STAMP.exec(text)?.[1];
      if (time !== undefined) text = text.slice(time.length + 1);
    }
    if (text.endsWith('\r')) text = text.slice(0, -1);
    const line: LogLine = { stream, text, ...(time === undefined ? {} : { time }), ...(this.truncated ? { truncated: true } : {}) };
    // A long line's memory is given back.
    if (this.buffer.length > 65536) this.buffer = Buffer.alloc(0);
    this.length = 0;
    this.truncated = false;
    this.time = undefined;
    this.begun = false;
    return line;
  }
}

/**
 * Lines of each stream in the order in which they end; an unfinished last line is given at the end. Memory is bounded by `maxLine`
 * for each of the three streams. Errors of the frames pass through.
 */
export async function* readLines(frames: AsyncIterable<LogFrame>, options: LineOptions = {}): AsyncGenerator<LogLine, void, undefined> {
  const { timestamps = false, tty = false, maxLine = MAX_LINE } = options;
  const pending = new Map<LogFrame['stream'], Pending>();

  for await (const { stream, data } of frames) {
    let line = pending.get(stream);
    if (line === undefined) pending.set(stream, (line = new Pending(maxLine)));
    let rest = data;
    if (timestamps && !tty) {
      // Each frame is one message and bears a time, also one that continues a line.
      const time = STAMP.exec(data.toString('latin1', 0, STAMP_LENGTH))?.[1];
      if (time !== undefined) {
        rest = data.subarray(time.length + 1);
        if (!line.begun) line.time = time;
      }
    }
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      const time = line.time;
      line.add(rest.subarray(0, end));
      yield line.take(stream, timestamps && tty);
      rest = rest.subarray(end + 1);
      // Further lines of the same frame are of the same moment.
      if (rest.length > 0) line.time = time;
    }
    if (rest.length > 0) line.add(rest);
  }

  for (const [stream, line] of pending) if (line.begun) yield line.take(stream, timestamps && tty);
}
