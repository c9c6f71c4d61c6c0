import { connect as connectNet, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectSecure, TLSSocket } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
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

/** What a TLS server showed of itself. */
export interface Shown {
  /** The certificates that it sent, DER, its own first. */
  chain: Buffer[];
  /** As OpenSSL names it: TLSv1.3. */
  protocol: string;
  /** That it has the key of its certificate. */
  proved: boolean;
}

/**
 * `silent`: it takes the connection, and says nothing in the time. `down`: nobody listens, or the listener hung up.
 * By both a server may be starting. `unreachable`: no way to it from here. `refusal`: a TLS server that showed its
 * certificate and takes no client without one. `strange`: it answers something else.
 */
export class NoAnswer extends Error {
  readonly kind: 'silent' | 'down' | 'unreachable' | 'strange' | 'refusal';
  /** Of a refusal: what came before it. */
  readonly shown: Shown | undefined;

  constructor(kind: NoAnswer['kind'], words: string, shown?: Shown) {
    super(words);
    this.kind = kind;
    this.shown = shown;
  }
}

/**
 * Node's codes of alerts to a client without certificate: of TLS 1.3 at the first read, before that in the handshake.
 */
export const REFUSALS = /ALERT_(BAD_CERTIFICATE|CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)$/;

/** What is said of such a server if no more can be. */
export const WANTS_CERTIFICATE = 'it refuses a client without certificate';

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
  // The type promises fields that an empty certificate does not have, and a certificate of a socket that has ended.
  while ((at as Partial<typeof at> | null)?.raw !== undefined) {
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
    socket.once('error', (error: NodeJS.ErrnoException) => refuse(explain(error, socket)));
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

function explain(error: NodeJS.ErrnoException, socket: Socket): NoAnswer {
  const code = error.code ?? '';
  const shown = REFUSALS.test(code) && socket instanceof TLSSocket ? shownBefore(socket) : undefined;
  if (shown !== undefined) return new NoAnswer('refusal', WANTS_CERTIFICATE, shown);
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return new NoAnswer('strange', tlsWords(code));
  return new NoAnswer(SAYS_NO.includes(code) ? 'down' : 'unreachable', errnoText(error));
}

/**
 * What a server showed before it refused: up to TLS 1.2 it sends its certificate, and signs with its key what the
 * session's key is made of (RFC 5246, 7.4.3), before the client has shown any. Without a certificate, the same alert is
 * of something else: no cipher in common. Undefined of TLS 1.3, in which no such refusal is part of the handshake.
 */
function shownBefore(socket: TLSSocket): Shown | undefined {
  const [chain, protocol] = [presentedChain(socket), socket.getProtocol()];
  if (chain.length === 0 || protocol === null || protocol === 'TLSv1.3') return undefined;
  // OpenSSL has the ephemeral key only once its signature holds. Without one, nothing is signed yet.
  return { chain, protocol, proved: 'type' in (socket.getEphemeralKeyInfo() ?? {}) };
}

/** OpenSSL's reason for a handshake that failed: what it names says whether anything there speaks TLS. */
function tlsWords(code: string): string {
  if (/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|RECORD_TOO_SMALL/.test(code))
    return 'it does not speak TLS';
  if (/UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION/.test(code)) return 'it speaks no TLS of 1.2 or newer';
  return `the TLS handshake failed (${code})`;
}
