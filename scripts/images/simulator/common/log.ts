/**
 * A log as untidy as one must expect: the vendor's format is not known, only two substrings of it are. So nothing here
 * is a promise, and the style, the stream and the noise can be chosen.
 */
import type { Knobs, LOG_STYLES } from './knobs.ts';

type Style = Exclude<(typeof LOG_STYLES)[number], 'mixed'>;

export type Level = 'INFO' | 'WARN' | 'ERROR';

export interface Log {
  (message: string, level?: Level): void;
  /** Lines that mean nothing. */
  noise(): void;
  /** Like a message, but cut in two writes when that was asked for. Resolves when it is out. */
  important(message: string): Promise<void>;
  /** A line as it is. */
  raw(line: string): void;
}

const FORMATS: Readonly<Record<Style, (program: string, message: string, level: Level) => string>> = {
  plain: (_program, message) => message,
  syslog: (program, message) => `${syslogTime(new Date())} ${host()} ${program}[${process.pid}]: ${message}`,
  json: (program, message, level) =>
    JSON.stringify({ timestamp: new Date().toISOString(), level, logger: program, message }),
  ansi: (program, message, level) =>
    `\u001b[${level === 'INFO' ? '32' : '31'}m${level}\u001b[0m \u001b[2m${program}\u001b[0m ` +
    `\u001b[1m${message}\u001b[0m`,
};

/** Its order: noise mixes the styles, messages come in the one chosen. */
const STYLES = ['json', 'syslog', 'plain'] as const;

/** A log in the style, on the stream and with the noise that was asked for. */
export function createLog(program: string, knobs: Knobs): Log {
  const stream = process[knobs.logStream];
  const style: Style = knobs.logStyle === 'mixed' ? 'syslog' : knobs.logStyle;
  const line = (message: string, level: Level): string => `${FORMATS[style](program, message, level)}\n`;
  let count = 0;
  const log = (message: string, level: Level = 'INFO'): void => void stream.write(line(message, level));
  return Object.assign(log, {
    raw: (text: string): void => void stream.write(`${text}\n`),
    noise: () => {
      for (let i = 0; i < knobs.noiseLines; i++, count++) {
        const kind = knobs.logStyle === 'mixed' ? (STYLES[count % STYLES.length] ?? 'plain') : style;
        const message = `noise ${count} ${'.'.repeat(Math.max(0, knobs.noiseBytes - 10))}`;
        stream.write(`${FORMATS[kind](program, message, 'INFO')}\n`);
      }
    },
    important: async (message: string) => {
      const text = line(message, 'INFO');
      const cut = knobs.splitLines ? text.indexOf(message) + Math.ceil(message.length / 2) : 0;
      if (cut > 0) {
        await new Promise<void>((resolve) => stream.write(text.slice(0, cut), () => resolve()));
        // Apart in time, so that they reach the reader as two reads.
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      await new Promise<void>((resolve) => stream.write(text.slice(cut), () => resolve()));
    },
  });
}

function host(): string {
  return process.env['HOSTNAME'] ?? 'localhost';
}

function syslogTime(now: Date): string {
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][now.getUTCMonth()];
  return `${month} ${String(now.getUTCDate()).padStart(2)} ${now.toISOString().slice(11, 19)}`;
}
