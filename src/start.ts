import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Catalogue } from './bundle/catalogue.ts';
import { isPlugin, startedAs } from './cli/started-as.ts';
import { COMMAND_NAMES } from './commands/names.ts';
import type { KeptResult } from './io/kept-result.ts';
import { version } from './version.ts';

/** What Node itself ends with if a module waits for what never comes (nodejs.org/api/process.html, exit codes). */
export const ENDED_SHORT = 13;

/**
 * Runs the program and ends the process. Nothing but the version is loaded to print it, and little for a `bundle
 * render` that found nothing to do the last time, if nothing changed since.
 * @param stacks what can be deployed
 */
export async function start(stacks: Catalogue): Promise<void> {
  // Node waits for no promise: with nothing under way it would end with 0 here.
  const short = (): void => {
    process.stderr.write('bundle: ended before its end; this is a bug in bundle, please report it\n');
    process.exitCode = ENDED_SHORT;
  };
  process.once('beforeExit', short);
  const args = process.argv.slice(2);
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    const text = `${version()}\n`;
    // The stream takes two milliseconds to be made: only if it cannot be written at once, and then says why.
    if (!isWritten(text)) {
      process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
      process.stdout.write(text);
    }
  } else {
    const kept = await resultOf(args);
    if (!isWritten(kept?.text())) {
      const names: readonly string[] = COMMAND_NAMES;
      // docker puts the plugin's own name before it.
      const command = args.find((word) => names.includes(word)) ?? 'other';
      (await import('./io/compile-cache.ts')).keepCompiledCode(process.env, command);
      await (await import('./main.ts')).run(args, stacks, kept?.keep);
    }
  }
  process.off('beforeExit', short);
}

const STDOUT = 1;

/** Writes a result. @returns false if there is none, or if not all of it could be written: the command says why */
function isWritten(text: string | undefined): boolean {
  try {
    return text !== undefined && writeSync(STDOUT, text) === Buffer.byteLength(text);
  } catch {
    return false;
  }
}

/**
 * What is kept of `bundle render` or `bundle render DIR`. Undefined of any other command line: what that prints follows
 * from its options as well.
 */
async function resultOf([command, dir = '.', ...more]: string[]): Promise<KeptResult | undefined> {
  if (command !== 'render' || more.length > 0 || dir === '' || /(^| )-/.test(dir)) return undefined;
  if (isPlugin(startedAs(process.argv[1] ?? '', process.env))) return undefined;
  const { keptResult } = await import('./io/kept-result.ts');
  try {
    return keptResult(process.env, resolve(process.cwd(), dir));
  } catch {
    // The working directory is gone.
    return undefined;
  }
}
