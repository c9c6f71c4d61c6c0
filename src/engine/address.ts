/** Finds the engine as the docker CLI finds it, once, for the API and for the child `docker`. */
import { usageError } from '../errors.ts';
import { readContext, tlsFilesIn, type TlsFiles } from './contexts.ts';
import { configDirectory, readDockerConfig, type DockerConfig } from './docker-config.ts';
import type { EngineAddress } from './port.ts';
import { parseEngineUrl, type Target } from './url.ts';

/** An engine's place with all that is needed to connect to it. */
export interface EngineLocation extends EngineAddress {
  readonly target: Target;
  /** Present if the connection is TLS (TCP only). */
  readonly tls?: TlsFiles;
  /** The docker CLI's configuration directory. */
  readonly configDir: string;
  /** HttpHeaders of config.json, for every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** What of the docker CLI's configuration could not be used, one sentence each. */
  readonly warnings: readonly string[];
  /** What makes a child `docker` use this same engine. `env` is its whole environment. */
  readonly child: { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv };
}

export interface EngineChoice {
  /** `--context NAME` */
  context?: string | undefined;
  /** `--host URL` */
  host?: string | undefined;
  env: NodeJS.ProcessEnv;
  /** Home directory, if HOME is not to be asked. */
  home?: string | undefined;
}

/**
 * Variables by which the environment could lead a child elsewhere, and the one that keeps it from agreeing with the
 * engine on a version: only the CLI obeys it, so that our own requests would pass and its deployment fail.
 */
const STEERING = [
  'DOCKER_API_VERSION',
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_TLS',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
] as const;

function without(env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== undefined && !names.includes(name)),
  );
}

/** TLS by environment: DOCKER_TLS_VERIFY or DOCKER_TLS, with DOCKER_CERT_PATH (docker/cli: cli/flags/options.go). */
async function tlsFromEnv(env: NodeJS.ProcessEnv, configDir: string): Promise<TlsFiles | undefined> {
  const verify = Boolean(env['DOCKER_TLS_VERIFY']);
  if (!verify && !env['DOCKER_TLS']) return undefined;
  return { ...(await tlsFilesIn(env['DOCKER_CERT_PATH'] || configDir)), verify };
}

/** The environment and the docker CLI's configuration. */
interface Setting {
  env: NodeJS.ProcessEnv;
  configDir: string;
  config: DockerConfig;
}

const sharedOf = ({ configDir, config }: Setting) => ({
  configDir,
  headers: config.httpHeaders,
  warnings: config.faults,
});

async function fromHost(text: string, source: string, setting: Setting): Promise<EngineLocation> {
  const { env, configDir } = setting;
  const envTls = await tlsFromEnv(env, configDir);
  const { url, target } = parseEngineUrl(text, source, envTls !== undefined);
  const childEnv: NodeJS.ProcessEnv = { ...without(env, STEERING), DOCKER_HOST: url };
  // A unix socket or ssh needs no TLS, and the CLI would try it.
  const tls = target.kind === 'tcp' ? envTls : undefined;
  if (tls !== undefined) {
    childEnv[tls.verify ? 'DOCKER_TLS_VERIFY' : 'DOCKER_TLS'] = '1';
    childEnv['DOCKER_CERT_PATH'] = env['DOCKER_CERT_PATH'] || configDir;
  }
  return {
    url,
    source,
    target,
    ...sharedOf(setting),
    ...(tls === undefined ? {} : { tls }),
    child: { args: [], env: childEnv },
  };
}

async function fromContext(name: string, source: string, setting: Setting): Promise<EngineLocation> {
  const { env, configDir } = setting;
  // The CLI's built-in context is whatever the environment says.
  if (name === 'default')
    return fromHost(env['DOCKER_HOST'] || 'unix://', env['DOCKER_HOST'] ? `${source}, DOCKER_HOST` : source, setting);
  const context = await readContext(configDir, name, source);
  const { url, target } = parseEngineUrl(context.host || 'unix://', source, context.tls !== undefined);
  const tls = target.kind === 'tcp' && context.tls !== undefined ? { tls: context.tls } : {};
  return {
    url,
    source,
    target,
    ...sharedOf(setting),
    ...tls,
    child: { args: ['--context', name], env: without(env, STEERING) },
  };
}

/**
 * Which engine is meant, in the docker CLI's order (docker/cli: cli/command/cli.go, resolveContextName): `--context`,
 * `--host`, DOCKER_HOST, DOCKER_CONTEXT, `currentContext` of config.json (in DOCKER_CONFIG, else ~/.docker), the
 * default socket. Nothing is connected to.
 * @throws BundleError (usage) `engine-choice` for --context with --host, `engine-address`, `context-unknown`,
 *   `context-broken`
 */
export async function resolveEngine(choice: EngineChoice): Promise<EngineLocation> {
  const { context, host, env } = choice;
  const configDir = configDirectory(env, choice.home);
  if (context && host) {
    throw usageError('engine-choice', '--context and --host both name an engine', ['give one of them']);
  }
  const config = await readDockerConfig(configDir);
  const setting = { env, configDir, config };
  if (context) return fromContext(context, `--context ${context}`, setting);
  if (host) return fromHost(host, `--host ${host}`, setting);
  if (env['DOCKER_HOST']) return fromHost(env['DOCKER_HOST'], 'DOCKER_HOST', setting);
  if (env['DOCKER_CONTEXT'])
    return fromContext(env['DOCKER_CONTEXT'], `DOCKER_CONTEXT ${env['DOCKER_CONTEXT']}`, setting);
  const current = config.currentContext;
  if (current !== '' && current !== 'default') return fromContext(current, `current context "${current}"`, setting);
  return fromHost('unix://', 'default', setting);
}
