import { basename } from 'node:path';

/** The name of the npm package, and of its second command: `bundle` is also the name of Ruby's bundler. */
export const PACKAGE = 'swarm-stack-bundler';

/** The file name under which the docker CLI looks for the plugin `docker bundle`. */
export const PLUGIN_FILE = 'docker-bundle';

/**
 * How the user started this program, as the first words of a command that starts it again.
 * @param script the path of the program as it was called (`process.argv[1]`): a link keeps its own name
 * @param env npm sets `npm_command=exec` for `npx` and `npm exec`
 * @returns `bundle`, `swarm-stack-bundler`, either of them after `npx`, or `docker bundle`
 */
export function startedAs(script: string, env: NodeJS.ProcessEnv): string {
  const file = basename(script);
  if (file === PLUGIN_FILE) return 'docker bundle';
  const name = file === PACKAGE ? PACKAGE : 'bundle';
  return env['npm_command'] === 'exec' ? `npx ${name}` : name;
}

/**
 * Puts the commands in a text for people the way this program was started: `bundle plan` becomes `docker bundle plan`.
 * A command is what stands between backticks or in `<(…)`, or is a whole line, and begins with `bundle` and a word or
 * an option.
 * @param text a message, or help @param program what `startedAs` gave
 */
export function asStarted(text: string, program: string): string {
  return program === 'bundle' ? text : text.replace(/(`|^ +|<\()bundle (?=[a-z<[-])/gm, `$1${program} `);
}

/** The same for one command alone, as a program reads it; one of another program stays. */
export const commandAsStarted = (command: string, program: string): string => command.replace(/^bundle(?= )/, program);
