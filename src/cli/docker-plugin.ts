/**
 * The other end of the docker CLI's plugins: how `docker bundle …` reaches this program. From docker/cli v28:
 * cli-plugins/manager (metadata.go, manager.go), cli-plugins/socket, cmd/docker/docker.go (tryPluginRun),
 * cli/flags/options.go.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { usageError } from '../errors.ts';
import { jsonText } from '../json-text.ts';
import { shellWord } from '../shell-word.ts';

/** What the docker CLI asks each plugin for when it lists them, and before it runs one. */
export const METADATA_COMMAND = 'docker-cli-plugin-metadata';

/** What is called without a context, and is no bundle command: cobra's requests for completions. */
const COMPLETE = ['__complete', '__completeNoDesc'];

/** The answer to METADATA_COMMAND; names of the keys and the schema's version are the docker CLI's. */
export function pluginMetadata(version: string): string {
  return jsonText({
    SchemaVersion: '0.1.0',
    Vendor: 'swarm-stack-bundler',
    Version: version,
    ShortDescription: 'Secured, verified stacks on Docker Swarm',
  });
}

/**
 * The last line of an answer to `docker __complete bundle …`, which docker's completion scripts read (spf13/cobra,
 * completions.go): no names of files (4), and no space behind a single word that goes on (2).
 */
export const directiveFor = (found: readonly { word: string }[]): string =>
  `:${found.length === 1 && found[0]?.word.endsWith('/') ? 4 + 2 : 4}\n`;

/** A call of the plugin as a call of the program. */
export interface PluginCall {
  /** With the engine that the docker CLI's global flags name as the command's own `--context` or `--host`. */
  argv: string[];
  /** How it was started, as the first words of a command that starts it again: `docker --config DIR bundle`. */
  program: string;
  /** With what its other global flags mean, and without what it tells its plugins only. */
  env: NodeJS.ProcessEnv;
  /** Address of the socket that the docker CLI closes if it is interrupted while its output is no terminal. */
  socket: string | undefined;
}

/** A global flag of the docker CLI: with a value, or on and off; and what says the same to this program. */
interface GlobalFlag {
  names: readonly string[];
  value: boolean;
  /**
   * The option of every command that says the same. Not a variable: of that nothing would be left in the commands that
   * are printed to be run later, which would go to another engine.
   */
  option?: EngineOption;
  /** The variables that say the same; undefined means that one is taken away. */
  env?: (value: string) => Record<string, string | undefined>;
  /** What to do instead, of a flag that is refused. */
  instead?: string;
}

const ENGINE_OPTIONS = ['--context', '--host'] as const;
type EngineOption = (typeof ENGINE_OPTIONS)[number];
/** Each names engines by itself. */
const NAMING = [...ENGINE_OPTIONS, '--engine'];

const ON = (name: string) => (value: string) => ({ [name]: value === 'true' ? '1' : undefined });
const USE_CONTEXT = 'put the certificates into a docker context: docker context create NAME --docker host=…,ca=…';

const GLOBAL_FLAGS: readonly GlobalFlag[] = [
  { names: ['--config'], value: true, env: (value) => ({ DOCKER_CONFIG: value }) },
  { names: ['-c', '--context'], value: true, option: '--context' },
  { names: ['-H', '--host'], value: true, option: '--host' },
  { names: ['--tls'], value: false, env: ON('DOCKER_TLS') },
  { names: ['--tlsverify'], value: false, env: ON('DOCKER_TLS_VERIFY') },
  { names: ['--tlscacert'], value: true, instead: USE_CONTEXT },
  { names: ['--tlscert'], value: true, instead: USE_CONTEXT },
  { names: ['--tlskey'], value: true, instead: USE_CONTEXT },
  { names: ['-D', '--debug'], value: false, instead: 'leave it out: bundle has no debug mode' },
  { names: ['-l', '--log-level'], value: true, instead: 'leave it out: bundle has -q, --quiet for less output' },
];

/** Variables by which the docker CLI talks to a plugin: a `docker` that the plugin starts must not see them. */
const PRIVATE = /^DOCKER_CLI_PLUGIN_/;

/**
 * Reads the arguments that the docker CLI hands to its plugin: its own, whole. That is global flags, the plugin's name,
 * and what belongs to the plugin; `docker help bundle` comes as it is typed.
 * @param args without the program @param commands the names of bundle's commands, each of which takes `--context` and
 *   `--host` @throws BundleError `usage` of a global flag that cannot be honoured
 */
export function pluginCall(args: readonly string[], env: NodeJS.ProcessEnv, commands: readonly string[]): PluginCall {
  const own: NodeJS.ProcessEnv = Object.fromEntries(Object.entries(env).filter(([name]) => !PRIVATE.test(name)));
  const rest = [...args];
  const before: string[] = [];
  const engine = new Map<EngineOption, string>();
  const globals: string[] = [];
  for (let word = rest.shift(); word !== undefined && word !== 'bundle'; word = rest.shift()) {
    if (word.startsWith('-')) applyGlobal(word, rest, { env: own, engine, globals });
    else before.push(word);
  }
  // With nothing before it, it says nothing: the program finds its command behind it as well.
  if (rest[0] === '--') rest.shift();
  const argv = [...before.filter((word) => word === 'help' || COMPLETE.includes(word)), ...rest];
  return {
    argv: commands.includes(argv[0] ?? '') ? withEngine(argv, engine) : argv,
    program: ['docker', ...globals, 'bundle'].join(' '),
    env: own,
    socket: env['DOCKER_CLI_PLUGIN_SOCKET'] || undefined,
  };
}

/**
 * Names the engine behind the command's name, before a `--`. A command that names one itself has its own.
 */
function withEngine(argv: readonly string[], engine: ReadonlyMap<EngineOption, string>): string[] {
  const [command = '', ...rest] = argv;
  const end = rest.indexOf('--');
  const options = end < 0 ? rest : rest.slice(0, end);
  const named = options.some((word) => NAMING.some((each) => word === each || word.startsWith(`${each}=`)));
  return named ? [...argv] : [command, ...[...engine].flat(), ...rest];
}

/** What global flags come to. */
interface Applied {
  env: NodeJS.ProcessEnv;
  engine: Map<EngineOption, string>;
  /** Those that no option of bundle says, as a shell reads them. */
  globals: string[];
}

/** Applies one global flag. @param rest what follows it; its value is taken from there @param to what it changes */
function applyGlobal(word: string, rest: string[], to: Applied): void {
  const [name = word, given] = word.startsWith('--') ? split(word) : [word.slice(0, 2), word.slice(2) || undefined];
  const flag = GLOBAL_FLAGS.find(({ names }) => names.includes(name));
  if (!flag || flag.instead !== undefined) {
    throw usageError('usage', `the docker CLI’s ${name} cannot be honoured by \`docker bundle\``, [
      flag?.instead ?? 'give bundle’s own options after `docker bundle COMMAND`',
    ]);
  }
  const value = given?.replace(/^=/, '') ?? (flag.value ? (rest.shift() ?? '') : 'true');
  if (flag.option) to.engine.set(flag.option, value);
  else to.globals.push(...(flag.value ? [name, shellWord(value)] : [value === 'true' ? name : `${name}=${value}`]));
  for (const [variable, text] of Object.entries(flag.env?.(value) ?? {})) {
    if (text === undefined) delete to.env[variable];
    else to.env[variable] = text;
  }
}

const split = (word: string): [string, string | undefined] => {
  const at = word.indexOf('=');
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
};

/** How often the list of sockets is read on a Node that cannot connect; ms. */
const LOOK_MS = 200;

/**
 * Calls back once when the docker CLI closes the plugin's socket: its way to pass an interruption on if no terminal
 * sends the signal to both. Nothing is called for a socket that was never there: older CLIs have none.
 *
 * libuv before 1.47 (Node 20) pads the name of an abstract socket with zeros and so meets none of another program; the
 * kernel's list tells there when it has gone.
 * @param address as in DOCKER_CLI_PLUGIN_SOCKET; `@` in front means Linux's abstract namespace, as Go writes it
 */
export function onDockerInterrupt(address: string, call: () => void): void {
  // At once: it may be gone by the time that connecting fails.
  const there = address.startsWith('@') && isListed(address);
  const socket = connect({ path: address.replace(/^@/, '\0') });
  let open = false;
  socket.on('connect', () => (open = true));
  socket.on('error', () => !open && there && whenUnlisted(address, call));
  socket.on('close', () => open && call());
  socket.resume();
  socket.unref();
}

/** Calls back once a socket that the kernel has listed is listed no more. */
function whenUnlisted(address: string, call: () => void): void {
  if (isListed(address)) setTimeout(() => whenUnlisted(address, call), LOOK_MS).unref();
  else call();
}

/** Whether the kernel lists an abstract socket (proc_net(5)). */
function isListed(address: string): boolean {
  try {
    return readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .some((line) => line.endsWith(` ${address}`));
  } catch {
    return false;
  }
}
