import { connect as connectNet, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { errnoText } from '../../errno.ts';

export interface Place {
  host: string;
  port: number;
}

export interface Limit {
  /** For connecting, handshake and answer together. */
  ms: number;
  signal: AbortSignal;
}

/**
 * `silent`: it takes the connection, and says nothing in the time. `down`: nobody listens, or the listener hung up.
 * By both a server may be starting. `unreachable`: no way to it from here. `strange`: it answers something else.
 */
export class NoAnswer extends Error {
  readonly kind: 'silent' | 'down' | 'unreachable' | 'strange';
  /** Node's code of what went wrong. */
  readonly code: string;

  constructor(kind: NoAnswer['kind'], words: string, code = '') {
    super(words);
    this.kind = kind;
    this.code = code;
  }
}

/** Opens a TCP connection. @throws NoAnswer; the signal's reason */
export function connectTcp({ host, port }: Place, limit: Limit): Promise<Socket> {
  const socket = connectNet({ host, port });
  return opened(socket, 'connect', limit);
}

/**
 * Opens a TLS connection of 1.2 or newer to whoever answers: its certificate is for the caller to judge.
 * @param name what is asked for (SNI)
 * @throws NoAnswer; the signal's reason
 */
export function connectTls({ host, port }: Place, name: string | undefined, limit: Limit): Promise<TLSSocket> {
  return opened(secure({ host, port }, name, { minVersion: 'TLSv1.2' }), 'secureConnect', limit);
}

/**
 * Opens a TLS connection of 1.0 or 1.1, as a client without a care for its security would.
 * @throws NoAnswer if the server, or this build of Node, does not do that; the signal's reason
 */
export async function connectOldTls({ host, port }: Place, name: string | undefined, limit: Limit): Promise<Socket> {
  const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  return opened(secure({ host, port }, name, versions), 'secureConnect', limit);
}

const secure = ({ host, port }: Place, name: string | undefined, versions: ConnectionOptions): TLSSocket =>
  connectSecure({
    ...{ host, port, rejectUnauthorized: false, ...versions },
    ...(name !== undefined && isIP(name) === 0 && { servername: name }),
  });

/** The certificates that the server sent, DER, its own first. */
export function presentedChain(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  let at = socket.getPeerCertificate(true);
  // The type promises fields that an empty certificate does not have.
  while ((at as Partial<typeof at>).raw !== undefined) {
    chain.push(at.raw);
    if ((at as Partial<typeof at>).issuerCertificate === undefined || at.issuerCertificate === at) break;
    at = at.issuerCertificate;
  }
  return chain;
}

function opened<T extends Socket>(socket: T, event: 'connect' | 'secureConnect', { ms, signal }: Limit): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners('error').removeAllListeners('close');
      settle();
    };
    const refuse = (error: Error): void =>
      end(() => {
        // What the socket says after this concerns nobody.
        socket.on('error', () => undefined);
        socket.destroy();
        reject(error);
      });
    const abort = (): void => refuse(signal.reason as Error);
    let connected = false;
    socket.once('connect', () => (connected = true));
    const timer = setTimeout(() => refuse(late(ms, connected)), ms);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', (error: NodeJS.ErrnoException) => refuse(explain(error)));
    socket.once('close', () => refuse(new NoAnswer('down', 'the connection was closed')));
    socket.once(event, () => end(() => resolve(socket)));
  });
}

/** Nothing came in the time. */
export const late = (ms: number, connected: boolean): NoAnswer =>
  connected
    ? new NoAnswer('silent', `it takes the connection, and gave no answer in ${ms / 1000} s`)
    : new NoAnswer('unreachable', `no answer in ${ms / 1000} s`);

/** Codes by which the server itself, or its host, says no; any other failure may be the network's. */
const SAYS_NO = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'];

function explain(error: NodeJS.ErrnoException): NoAnswer {
  const code = error.code ?? '';
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return new NoAnswer('strange', tlsWords(code), code);
  return new NoAnswer(SAYS_NO.includes(code) ? 'down' : 'unreachable', errnoText(error), code);
}

/** OpenSSL's reason for a handshake that failed: what it names says whether anything there speaks TLS. */
function tlsWords(code: string): string {
  if (/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|RECORD_TOO_SMALL/.test(code))
    return 'it does not speak TLS';
  if (/UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION/.test(code)) return 'it speaks no TLS of 1.2 or newer';
  return `the TLS handshake failed (${code})`;
}
