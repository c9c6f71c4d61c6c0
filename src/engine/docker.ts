/** The engine of the port, over dockerode and the docker CLI. */
import type { Agent } from 'node:http';
import type { EngineLocation } from './address.ts';
import { engineAgent } from './agent.ts';
import { engineApi, type Modem, type OnSlow } from './api.ts';
import type { DockerCli } from './cli.ts';
import { containerCalls } from './containers.ts';
import { configCalls } from './configs.ts';
import { imageCalls } from './images.ts';
import { negotiate, readInfo } from './info.ts';
import { jobCalls } from './jobs.ts';
import { logCalls } from './logs.ts';
import { nodeCalls } from './nodes.ts';
import type { Engine, EngineAddress } from './port.ts';
import { registryCalls } from './registry.ts';
import { secretCalls } from './secrets.ts';
import { serviceCalls } from './services.ts';
import { stackCalls } from './stack-objects.ts';
import { swarmTrustCalls } from './swarm-trust.ts';
import { taskCalls } from './tasks.ts';

export interface ConnectOptions {
  /** How long one call may take, in ms (30 s). */
  timeout?: number;
  /**
   * Ends the first question, which an engine that hangs would leave open for all of that time, and a wait for word from
   * nodes.
   */
  signal?: AbortSignal;
  /** Told what is waited for, if an answer takes long. */
  onSlow?: OnSlow;
}

/** Makes something that must not see a variable of this process. */
async function withoutVariable<T>(name: string, make: () => T | Promise<T>): Promise<T> {
  const saved = process.env[name];
  delete process.env[name];
  try {
    return await make();
  } finally {
    if (saved !== undefined) process.env[name] = saved;
  }
}

async function loadModem(agent: Agent, host: string, headers: Readonly<Record<string, string>>): Promise<Modem> {
  // As it is loaded, docker-modem looks into DEBUG: if that names it, as `*` does, it prints every request with its
  // headers, and a log-in to a registry is in one of them (5.0.7: lib/modem.js, "Sending: %s").
  const { default: Docker } = await withoutVariable('DEBUG', () => import('dockerode'));
  // The agent decides where connections go; a socket path keeps the modem from parsing hosts. Its typings lack `agent`.
  const options = { socketPath: 'engine', protocol: 'http' as const, agent };
  // It reads DOCKER_HOST and its TLS files by itself and may fail over them, though we say where the engine is.
  const { modem } = (await withoutVariable('DOCKER_HOST', () => new Docker(options))) as { modem: Modem };
  return { dial: (call, done) => modem.dial({ ...call, headers: { ...headers, Host: host, ...call.headers } }, done) };
}

/**
 * Connects to an engine and agrees on an API version.
 * @returns the port; `close()` frees its sockets
 * @throws BundleError `engine-unreachable`, `engine-too-old`; the signal's reason
 */
export async function connect(location: EngineLocation, options: ConnectOptions = {}): Promise<Engine> {
  // Only these two: the location holds the whole environment.
  const address: EngineAddress = { url: location.url, source: location.source };
  const agent = await engineAgent(location);
  try {
    const { target } = location;
    const modem = await loadModem(
      agent,
      target.kind === 'tcp' ? `${target.host}:${String(target.port)}` : 'docker',
      location.headers,
    );
    const { version, newest } = await negotiate(
      engineApi(modem, address, undefined, options.timeout, options.onSlow),
      options.signal,
    );
    const api = engineApi(modem, address, version, options.timeout, options.onSlow);
    const stack = stackCalls(api);
    let found: Promise<DockerCli> | undefined;
    const cli = (): Promise<DockerCli> =>
      (found ??= import('./cli.ts').then(({ findDockerCli }) => findDockerCli(location.child.env)));

    return {
      address,
      info: (asked) => readInfo(api, newest, asked),
      ...nodeCalls(api, options),
      ...swarmTrustCalls(api),
      ...serviceCalls(api),
      ...jobCalls(api, location),
      ...taskCalls(api),
      ...logCalls(api, options.timeout),
      ...containerCalls(api, location),
      ...secretCalls(api),
      ...configCalls(api),
      ...stack,
      ...registryCalls(api, location, cli),
      ...imageCalls(api),
      tryDockerCli: async () => (await (await import('./cli.ts')).tryCli(location)).version,
      async deployStack(name, document, deploy) {
        const { deployStack } = await import('./deploy-stack.ts');
        await deployStack(await cli(), location, stack.networks, name, document, deploy);
      },
      close() {
        agent.destroy();
        return Promise.resolve();
      },
    };
  } catch (error) {
    agent.destroy();
    throw error;
  }
}
