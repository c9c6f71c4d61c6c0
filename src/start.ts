import type { Catalogue } from './bundle/catalogue.ts';
import { COMMAND_NAMES } from './commands/names.ts';
import { version } from './version.ts';

/** What Node itself ends with if a module waits for what never comes (nodejs.org/api/process.html, exit codes). */
export const ENDED_SHORT = 13;

/**
 * Runs the program and ends the process. Nothing but the version is loaded to print it.
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
    process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
    process.stdout.write(`${version()}\n`);
  } else {
    const names: readonly string[] = COMMAND_NAMES;
    // docker puts the plugin's own name before it.
    const command = args.find((word) => names.includes(word)) ?? 'other';
    (await import('./io/compile-cache.ts')).keepCompiledCode(process.env, command);
    await (await import('./main.ts')).run(args, stacks);
  }
  process.off('beforeExit', short);
}
