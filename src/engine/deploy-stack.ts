/** Deploys a stack, again if that meets another deployment or what is left of a removed stack. */
import { BundleError, messageOf } from '../errors.ts';
import { pause } from '../pause.ts';
import { spanText } from '../span.ts';
import type { EngineLocation } from './address.ts';
import { retryOutOfSequence } from './api.ts';
import { deployWithCli, type DockerCli } from './cli.ts';
import { metAnother } from './errors.ts';
import type { StackDeployOptions, Engine } from './port.ts';
import { unlessSilent, type Silence } from './silence.ts';

/** Each reads the swarm anew, so a second one finds what the other deployment made. */
const DEPLOY_ATTEMPTS = 5;
/** Most programs stop within docker's ten seconds; one that may take two hours is not waited for. */
const REMAINS_MS = 120_000;
const POLL_MS = 500;
/** It prints a line for each network and service before it asks the engine, which may ask a registry meanwhile. */
const SILENT_MS = 300_000;
const TELL_MS = 30_000;
/** The first one may have been given a connection that is dead. */
const SILENT_ATTEMPTS = 2;

/**
 * `docker stack deploy` of a document. After `docker stack rm`, an engine on which containers of the removed stack
 * still stop goes on listing their network, though the swarm has it no more. The CLI finds it in the list, makes no new
 * one, and the swarm answers "network … not found" (seen on 20.10 and 28; list and inspection show no difference).
 * Waits until such a network is gone from the list, then deploys again.
 * A call that prints nothing for five minutes is ended, and made once more.
 * @throws BundleError as `deployWithCli` does; with what to do if the remains are still there after two minutes, if
 *   somebody else's network has the name, or if nothing was printed
 */
export async function deployStack(
  cli: DockerCli,
  location: EngineLocation,
  networks: Engine['networks'],
  name: string,
  document: string,
  options: StackDeployOptions = {},
  patience: Silence = { tellMs: TELL_MS, endMs: SILENT_MS },
): Promise<void> {
  const deploy = (signal: AbortSignal, heard: () => void): Promise<void> =>
    deployWithCli(cli, location, name, document, {
      ...options,
      signal,
      onLine: (line) => {
        heard();
        options.onLine?.(line);
      },
    });
  const deadline = performance.now() + REMAINS_MS;
  let met = 0;
  for (;;) {
    try {
      return await retryOutOfSequence(
        () => answered(name, options, patience, deploy),
        DEPLOY_ATTEMPTS,
        (error) => metAnother(error) && networkExists(error) === undefined,
      );
    } catch (error) {
      const taken = networkExists(error);
      if (taken !== undefined) {
        const own = await networks({ stack: name });
        if (!own.some((each) => each.name === taken)) throw takenError(error, name, taken);
        // Made by another deployment of the stack since the CLI looked.
        if (++met < DEPLOY_ATTEMPTS) continue;
      }
      const network = networkNotFound(error, name);
      if (network === undefined) throw error;
      if (performance.now() >= deadline) throw remainsError(error, network);
      options.onLine?.(`waiting for what is left of the removed network ${network}`);
      await untilGone(networks, name, network, deadline, options.signal);
    }
  }
}

/** Does `deploy`, once more if it was ended for its silence. */
async function answered(
  stack: string,
  { signal, onLine }: StackDeployOptions,
  patience: Silence,
  deploy: (signal: AbortSignal, heard: () => void) => Promise<void>,
): Promise<void> {
  const tell = (): void => onLine?.(`docker stack deploy has not answered for ${spanText(patience.tellMs)}`);
  for (let attempt = 1; ; attempt++) {
    if (await unlessSilent(patience, signal, tell, deploy)) return;
    const printed = `printed nothing for ${spanText(patience.endMs)}`;
    if (attempt === SILENT_ATTEMPTS) throw silentError(stack, printed);
    onLine?.(`docker stack deploy ${printed}: it is ended, and run again`);
  }
}

const silentError = (stack: string, printed: string): BundleError =>
  new BundleError(
    'deploy-failed',
    `docker stack deploy ${stack} was ended ${SILENT_ATTEMPTS} times: it ${printed}; part of it may be done`,
    {
      hints: [
        'a connection may be dead, or a registry silent: `docker version` with the same --host, --context and DOCKER_ ' +
          'variables, and `docker pull` on the engine, show which',
        'run the same command again when they answer: it takes up where it stopped',
      ],
    },
  );

/** The network that the CLI was to make, and the engine says it has. */
const networkExists = (error: unknown): string | undefined =>
  /\bnetwork with name (\S+) already exists/i.exec(messageOf(error))?.[1];

const takenError = (error: unknown, stack: string, network: string): BundleError =>
  new BundleError('deploy-failed', `${messageOf(error)}\n${network} is not a network of stack ${stack}`, {
    hints: [
      `\`docker network inspect ${network}\` shows whose it is; remove it (\`docker network rm ${network}\`), then ` +
        'the same command again, or use another stack name',
    ],
  });

/** The stack's network that the swarm says it has not. */
function networkNotFound(error: unknown, stack: string): string | undefined {
  const network = /\bnetwork (\S+) not found/i.exec(messageOf(error))?.[1];
  return network?.startsWith(`${stack}_`) === true ? network : undefined;
}

/** Waits until the networks of that name that are listed now are no longer so, or the deadline. */
async function untilGone(
  networks: Engine['networks'],
  stack: string,
  network: string,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const listed = async (): Promise<string[]> =>
    (await networks({ stack })).filter(({ name }) => name === network).map(({ id }) => id);
  const remains = await listed();
  while (remains.length > 0 && performance.now() < deadline) {
    const left = await listed();
    if (!remains.some((id) => left.includes(id))) return;
    await pause(POLL_MS, signal);
  }
}

function remainsError(error: unknown, network: string): BundleError {
  return new BundleError(
    'deploy-failed',
    `${messageOf(error)}\nthe swarm has removed ${network}, but containers that were in it still stop on this engine`,
    {
      hints: [
        '`docker ps` on that node shows them; run the same command again when they are gone',
        'or deploy through another manager: `--host`',
      ],
    },
  );
}
