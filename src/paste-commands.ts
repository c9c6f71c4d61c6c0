import { shellWord } from './shell-word.ts';

/** How the user named a bundle and its engine: the same words name them again. */
export interface Named {
  /** The bundle's directory. */
  dir: string;
  context?: string | undefined;
  host?: string | undefined;
}

/**
 * A command of this program that can be pasted where the user stands: `bundle deploy prod --adopt`.
 * @param command its name @param named the working directory is not named @param more words after the directory, as a
 *   shell reads them
 */
export function bundleCommand(command: string, named: Named, ...more: readonly string[]): string {
  const dir = named.dir === '.' ? [] : [shellWord(named.dir)];
  return ['bundle', command, ...dir, ...more, ...engineFlags(named)].join(' ');
}

/** The same for the docker CLI: `docker --context far stack deploy …`. @param words as a shell reads them */
export const dockerCommand = (named: Omit<Named, 'dir'>, ...words: readonly string[]): string =>
  ['docker', ...engineFlags(named), ...words].join(' ');

/** What names the engine, if a flag did: both programs call it alike, and both look into the environment otherwise. */
export function engineFlags({ context, host }: Omit<Named, 'dir'>): string[] {
  return [...(context ? ['--context', shellWord(context)] : []), ...(host ? ['--host', shellWord(host)] : [])];
}
