/**
 * The command lines of this project's own scripts: `--help` ends with 0, whatever is wrong with usage text and 2, never
 * with a stack trace.
 */
import { Command, CommanderError, InvalidArgumentError } from 'commander';

/**
 * A command line to add options to. Wrong usage throws CommanderError after it was told on standard error.
 *
 * @param name of the script in package.json
 */
export function commandLine(name: string, about: string): Command {
  return new Command(`npm run ${name} --`)
    .description(about)
    .helpOption('-h, --help', 'show this')
    .showHelpAfterError()
    .exitOverride();
}

/** Reads this process' arguments; ends it if they ask for help or make no sense. */
export function parseOrExit(command: Command): Command {
  return orExit(() => command.parse());
}

/** Ends this process for arguments that only together, or with what was found since, make no sense. */
export function usageError(command: Command, message: string): never {
  return orExit(() => command.error(`error: ${message}`));
}

function orExit<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    throw error;
  }
}

/** Reads an option's value as a whole number. */
export function wholeNumber(least: number, most = 999_999_999): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d{1,9}$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`);
  };
}

/** Makes a reader of an option's value out of a function that throws an Error for a wrong one. */
export function checked<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}
