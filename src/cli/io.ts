import type { Readable } from 'node:stream';
import type { Catalogue } from '../bundle/catalogue.ts';
import { usageError } from '../errors.ts';
import type { RegistryLookup } from '../checks/registry-lookup.ts';
import type { Printed } from '../io/kept-result.ts';

/** The process as a command sees it. Tests give their own. */
export interface CommandIo {
  /** What can be deployed. */
  stacks: Catalogue;
  /** The words that start this program, as the user typed them: `bundle`, `docker bundle`, `npx bundle`, … */
  program: string;
  stdin: Readable;
  /** Results. In JSON mode exactly one document. */
  stdout: (text: string) => void;
  /** Resolves when `stdout` takes more: for results without an end, whose reader may be slower. */
  room?: () => Promise<void>;
  /** Everything else: progress, questions, warnings. */
  stderr: (text: string) => void;
  /** The stream behind `stderr`, if there is one: progress redraws on a terminal. */
  terminal?: NodeJS.WriteStream;
  /** True if a person can be asked: both stdin and stderr are terminals. */
  interactive: boolean;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Aborted by Ctrl-C or SIGTERM. */
  signal: AbortSignal;
  /** Aborted when nobody reads the results any more: what has no end of its own ends. */
  unread?: AbortSignal;
  json: boolean;
  quiet: boolean;
  color: boolean;
  /** What registries answered, for all parts of one command; copies of this object share it. */
  registry?: RegistryLookup;
  /**
   * Keeps what this command printed, for the same command line over the same files; absent if its command line is not
   * one that it is kept of.
   */
  keep?: (printed: Printed) => void;
}

/**
 * For what is shown before a question: it is part of it, whatever --quiet says.
 * @param yes `--yes`: nobody will be asked
 * @returns the same if nobody can be asked
 */
export const withQuestion = (io: CommandIo, yes: boolean): CommandIo =>
  yes || !io.interactive || io.json ? io : { ...io, quiet: false };

/**
 * Asks before something is changed. `--yes` answers; without a terminal there is nobody to ask.
 * @throws BundleError (exit 2) without a terminal and without --yes; (exit 130) on Ctrl-C
 */
export async function confirm(question: string, yes: boolean, io: CommandIo): Promise<boolean> {
  if (yes) return true;
  if (!io.interactive || io.json)
    throw usageError('needs-yes', 'there is no terminal to ask on', ['look at what it would do, then add --yes']);
  const { terminalPrompter } = await import('../wizard/prompts.ts');
  return terminalPrompter(io).confirm({ message: question, help: 'Default no.', default: false });
}
