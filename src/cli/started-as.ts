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

/** Whether it was started by the docker CLI, with whatever global flags. */
export const isPlugin = (program: string): boolean => program.startsWith('docker ');

/** `docker`, with the global flags that the docker CLI was given: a command of its own needs them as well. */
const dockerOf = (program: string): string => (isPlugin(program) ? program.replace(/ bundle$/, '') : 'docker');

/**
 * Puts the commands in a text for people the way this program was started: `bundle plan` becomes `docker bundle plan`,
 * and `docker stack ps` `docker --config DIR stack ps`. A command is what stands between backticks or in `<(…)`, or is
 * a whole line, and begins with `bundle` or `docker` and a word or an option. One of docker between backticks stays: it
 * may be for another host, which has neither that directory nor an engine with TLS.
 * @param text a message, or help @param started what `startedAs` gave, with global flags of the docker CLI
 * @param inJson whether the text is a JSON document
 */
export function asStarted(text: string, started: string, inJson = false): string {
  const program = inJson ? JSON.stringify(started).slice(1, -1) : started;
  const docker = dockerOf(program);
  return text.replace(/(`|^ +|<\()(bundle|docker) (?=[a-z<[-])/gm, (found, before: string, word, at: number) => {
    if (word === 'bundle') return `${before}${program} `;
    const isHere = before.startsWith(' ');
    return !isHere || text.startsWith(`${docker} `, at + before.length) ? found : `${before}${docker} `;
  });
}

/** The same for one command alone, as a program reads it. */
export const commandAsStarted = (command: string, program: string): string =>
  command.replace(/^(bundle|docker)(?= )/, (_found, word) => (word === 'bundle' ? program : dockerOf(program)));
