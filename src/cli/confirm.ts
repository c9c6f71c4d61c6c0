import { usageError } from '../errors.ts';
import type { CommandIo } from './io.ts';

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
