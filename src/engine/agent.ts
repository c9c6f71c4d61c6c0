/** Connections to one engine, whatever its address: docker-modem only ever sees an http.Agent. */
import { Agent, type AgentOptions, type ClientRequest, type ClientRequestArgs } from 'node:http';
import { connect, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { inspect } from 'node:util';
import { BundleError, messageOf } from '../errors.ts';
import { readWhole } from '../read-whole.ts';
import type { EngineLocation } from './address.ts';
import type { TlsFiles } from './contexts.ts';

type Opened = (error: Error | null, socket: Duplex) => void;
/** How node:http hands a request to an agent (Node: lib/_http_client.js); its typings lack it. */
type AddRequest = (this: Agent, request: ClientRequest, options: ClientRequestArgs) => void;

class EngineAgent extends Agent {
  private readonly open: () => Duplex | Promise<Duplex>;

  constructor(open: () => Duplex | Promise<Duplex>) {
    // No bound on sockets: each followed log holds one. Without a name here, Node looks for one in each request.
    super({ keepAlive: true, servername: '' } as AgentOptions);
    this.open = open;
  }

  override createConnection(_options: ClientRequestArgs, opened?: Opened): Duplex | undefined {
    const socket = this.open();
    if (!(socket instanceof Promise)) return socket;
    socket.then(
      (stream) => opened?.(null, stream),
      (error: unknown) => opened?.(error as Error, undefined as unknown as Duplex),
    );
    return undefined;
  }

  /**
   * An answer that redirects loses its Location, so that docker-modem gives it as it is. Otherwise the modem follows it
   * (docker-modem 5.0.7: lib/http.js), in a callback whose errors nobody can catch: a Location without a scheme, as
   * engines give for a path that they clean, ends the process.
   */
  protected addRequest(request: ClientRequest, options: ClientRequestArgs): void {
    request.prependOnceListener('response', ({ statusCode = 0, headers }) => {
      if (statusCode >= 300 && statusCode < 400) delete headers.location;
    });
    (Agent.prototype as unknown as { addRequest: AddRequest }).addRequest.call(this, request, options);
  }

  /**
   * docker-modem inspects its request options, agent and all sockets included, to full depth on every request,
   * debugging or not.
   */
  [inspect.custom](): string {
    return 'EngineAgent';
  }
}

async function readTls(files: TlsFiles): Promise<ConnectionOptions> {
  const read = async (file: string): Promise<Buffer> => {
    try {
      return await readWhole(file);
    } catch (error) {
      throw new BundleError('engine-unreachable', `cannot read the TLS file ${file}: ${messageOf(error)}`);
    }
  };
  return {
    ...(files.ca === undefined ? {} : { ca: await read(files.ca) }),
    ...(files.cert === undefined || files.key === undefined
      ? {}
      : { cert: await read(files.cert), key: await read(files.key) }),
    rejectUnauthorized: files.verify,
  };
}

/**
 * A keep-alive agent whose connections all lead to the given engine, over a unix socket, TCP, TLS or ssh.
 * @throws BundleError `engine-unreachable` if TLS material cannot be read
 */
export async function engineAgent(location: EngineLocation): Promise<Agent> {
  const { target } = location;
  switch (target.kind) {
    case 'unix':
      return new EngineAgent(() => connect(target.path));
    case 'ssh':
      return new EngineAgent((await import('./ssh.ts')).sshDialer(target, location.child.env));
    case 'tcp': {
      const { host, port } = target;
      if (location.tls === undefined) return new EngineAgent(() => connect(port, host));
      const [tls, { connect: connectTls }] = await Promise.all([readTls(location.tls), import('node:tls')]);
      // An address is no server name (RFC 6066), and Node warns about it.
      return new EngineAgent(() =>
        connectTls({ ...tls, host, port, ...(isIP(host) === 0 ? { servername: host } : {}) }),
      );
    }
  }
}
