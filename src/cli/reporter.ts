import { createReporter, type Reporter } from '../ui/reporter.ts';
import type { CommandIo } from './io.ts';

/** The reporter on a command's standard error. */
export function reporterOf(io: CommandIo): Reporter {
  return createReporter({ stream: io.terminal ?? plainStream(io), quiet: io.quiet, color: io.color });
}

/** A stream that is no terminal, for callers that gave a function only. */
function plainStream(io: CommandIo): NodeJS.WriteStream {
  return { isTTY: false, write: (text: string) => (io.stderr(text), true) } as unknown as NodeJS.WriteStream;
}
