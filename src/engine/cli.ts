/** The docker CLI: the engine has no stack endpoint, so a child `docker` deploys. */
import { compareVersions } from '../compare-versions.ts';
import { BundleError, EXIT, messageOf } from '../errors.ts';
import { lateHints } from './errors.ts';
import type { EngineLocation } from './address.ts';
import type { StackDeployOptions } from './port.ts';
import { runProgram, type RunResult } from './run.ts';

export interface DockerCli {
  /** `docker`, or what BUNDLE_DOCKER_CLI names. */
  file: string;
  /** For example 28.2.2. */
  version: string;
}

/** Lines of the CLI that an error quotes. */
const QUOTED_LINES = 12;

/** Whether the CLI is of this version (`major.minor`) or newer. */
function isAtLeast(cli: DockerCli, wanted: string): boolean {
  return compareVersions(cli.version, wanted) >= 0;
}

function need(cli: DockerCli, wanted: string, why: string): void {
  if (isAtLeast(cli, wanted)) return;
  throw new BundleError(
    'docker-cli-too-old',
    `${why} needs a docker CLI of ${wanted} or newer; ${cli.file} is ${cli.version}`,
    {
      hints: ['install a newer docker CLI, or name one in BUNDLE_DOCKER_CLI'],
    },
  );
}

/**
 * Finds the docker CLI (BUNDLE_DOCKER_CLI, else `docker` on the PATH) and its version, without talking to an engine.
 * @throws BundleError `docker-cli-missing` if there is none, or it is something else
 */
export async function findDockerCli(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<DockerCli> {
  const file = env['BUNDLE_DOCKER_CLI'] || 'docker';
  const missing = (why: string): BundleError =>
    new BundleError('docker-cli-missing', `the docker CLI cannot be used: ${why}`, {
      hints: ['install the docker CLI (the package docker-ce-cli or docker-cli), or name it in BUNDLE_DOCKER_CLI'],
    });
  let result: RunResult;
  try {
    result = await runProgram(file, ['--version'], { env, signal });
  } catch (error) {
    throw missing(
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? `there is no ${file}${file === 'docker' ? ' on the PATH' : ''}`
        : messageOf(error),
    );
  }
  const version = /Docker version (\d+\.\d+(?:\.\d+)?)/.exec(result.stdout)?.[1];
  if (version === undefined) throw missing(`${file} --version says "${result.lines[0] ?? ''}"`);
  return { file, version };
}

/** How long the docker CLI may take to say what it and the engine are: over ssh it logs in first. */
const CLI_TIMEOUT = 15_000;

/** What the CLI, or the engine, says of a version of the API that the other does not speak. */
const VERSIONS_APART =
  /client version \S+ is too (old|new)|(minimum|maximum) supported API version|API version \S+ is too (old|new)|requires API version/i;

/**
 * Asks `docker version` with the environment and the address of the child that will deploy, so that what keeps it from
 * the engine is known before anything is made. Changes nothing.
 * @throws BundleError `docker-cli-missing`, `docker-cli-too-old` (for `docker stack deploy`, or for this engine),
 *   `docker-cli-refused` with the CLI's last lines
 */
export async function tryCli(location: EngineLocation, timeout = CLI_TIMEOUT): Promise<DockerCli> {
  const limit = AbortSignal.timeout(timeout);
  const late = (): BundleError =>
    new BundleError(
      'docker-cli-refused',
      `the docker CLI gave no answer to \`docker version\` within ${String(timeout / 1000)} s`,
      { hints: ['run `docker version` by hand with the same --host, --context and DOCKER_ variables'] },
    );
  // A child of the child may hold the pipe longer than the child lives.
  const overdue = new Promise<never>((_, reject) =>
    limit.addEventListener('abort', () => reject(late()), { once: true }),
  );
  overdue.catch(() => undefined);
  const work = askVersion(location, limit);
  work.catch(() => undefined);
  return Promise.race([work, overdue]);
}

async function askVersion({ child, url }: EngineLocation, signal: AbortSignal): Promise<DockerCli> {
  const cli = await findDockerCli(child.env, signal);
  need(cli, '19.03', '`docker stack deploy`');
  const result = await runProgram(cli.file, [...child.args, 'version', '--format', '{{.Server.APIVersion}}'], {
    env: child.env,
    signal,
  });
  if (result.code === 0) return cli;
  const words = lastLines(result);
  if (VERSIONS_APART.test(words)) {
    throw new BundleError(
      'docker-cli-too-old',
      `the docker CLI ${cli.version} and the engine at ${url} share no version of the API: ${words}`,
      { hints: ["install a docker CLI of the engine's age, or name one in BUNDLE_DOCKER_CLI"] },
    );
  }
  throw new BundleError(
    'docker-cli-refused',
    `the docker CLI ${cli.version} does not reach the engine at ${url}, which bundle does reach: ${words}`,
    { hints: ['run `docker version` by hand with the same --host, --context and DOCKER_ variables'] },
  );
}

/**
 * Environment of the child with the document's variables; refuses what the system cannot pass on, without quoting it.
 */
function childEnv(base: NodeJS.ProcessEnv, values: Record<string, string>): NodeJS.ProcessEnv {
  for (const [name, value] of Object.entries(values)) {
    if (value.includes('\0') || name.includes('\0') || name.includes('='))
      throw new BundleError(
        'deploy-failed',
        `the value of ${name.replace(/[\0=].*/s, '')} cannot be an environment variable`,
      );
  }
  return { ...base, ...values };
}

/** Takes the values we handed over out of what the CLI prints: an interpolation error quotes its line. */
function hider(values: Record<string, string>): (line: string) => string {
  const secret = Object.values(values)
    .flatMap((value) => value.split('\n'))
    .filter((value) => value.length >= 4)
    .sort((a, b) => b.length - a.length);
  return (line) => secret.reduce((text, value) => text.replaceAll(value, '***'), line);
}

async function runCli(
  cli: DockerCli,
  args: string[],
  document: string,
  base: NodeJS.ProcessEnv,
  options: StackDeployOptions,
): Promise<RunResult> {
  const hide = hider(options.env ?? {});
  const env = childEnv(base, options.env ?? {});
  let result: RunResult;
  try {
    result = await runProgram(cli.file, args, {
      env,
      input: document,
      signal: options.signal,
      onLine: (line) => options.onLine?.(hide(line)),
    });
  } catch (error) {
    throw new BundleError('deploy-failed', `cannot start ${cli.file}: ${hide(messageOf(error))}`);
  }
  return { ...result, lines: result.lines.map(hide) };
}

function lastLines(result: RunResult): string {
  const said = result.lines.filter((line) => line.trim() !== '').slice(-QUOTED_LINES);
  return said.length === 0
    ? `it ended with ${result.code === null ? 'a signal' : `code ${String(result.code)}`} and said nothing`
    : said.join('\n');
}

/**
 * `docker stack deploy` of a document, on the engine of `location`. It does not wait for convergence.
 * @throws BundleError `deploy-failed` with the CLI's last lines, `deploy-interrupted` after an abort (the deploy may
 *   have been done in part), `docker-cli-too-old` below 19.03
 */
export async function deployWithCli(
  cli: DockerCli,
  location: EngineLocation,
  name: string,
  document: string,
  options: StackDeployOptions = {},
): Promise<void> {
  need(cli, '19.03', '`docker stack deploy`');
  // From 26 on the CLI can wait by itself and announces to make that its default.
  const detach = isAtLeast(cli, '26.0') ? ['--detach=true'] : [];
  const args = [
    ...location.child.args,
    'stack',
    'deploy',
    ...(options.sendsLogin === true ? ['--with-registry-auth'] : []),
    ...(options.resolveImage === 'changed' ? ['--resolve-image=changed'] : []),
    ...detach,
    '--compose-file',
    '-',
    name,
  ];
  const result = await runCli(cli, args, document, location.child.env, options);
  if (options.signal?.aborted === true && result.code !== 0) {
    throw new BundleError('deploy-interrupted', `docker stack deploy ${name} was interrupted; part of it may be done`, {
      exit: EXIT.interrupted,
      hints: ['run it again: it takes up where it stopped'],
    });
  }
  if (result.code !== 0) {
    const words = lastLines(result);
    throw new BundleError('deploy-failed', `docker stack deploy ${name} failed: ${words}`, {
      hints: lateHints(words),
      details: { code: result.code, lines: result.lines },
    });
  }
}
