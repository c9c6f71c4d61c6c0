import { isIP } from 'node:net';
import { duplexPair } from 'node:stream';
import { connect, createSecureContext, TLSSocket } from 'node:tls';

export interface Trial {
  /** What the server presents, PEM. */
  certificate: string;
  /** PEM. */
  key: string;
  /** What the client trusts and nothing else, PEM. */
  trusted: Buffer;
  /** What the client dials. */
  name: string;
}

/** Why OpenSSL refuses a certificate. */
export interface HandshakeRefusal {
  /** Node's name of the verification error; UNSPECIFIED for those that it has none for. */
  code: string;
  /** OpenSSL's own words. */
  reason: string;
}

/**
 * As OpenSSL is set up by distributions (Debian: SECLEVEL=2): SHA-1 and RSA keys under 2048 bits are refused. The build
 * of Node is laxer.
 */
const CIPHERS = 'DEFAULT@SECLEVEL=2';

/**
 * A TLS handshake within this process, over no network: what OpenSSL, as part of Node, says of a server's certificate.
 * @returns undefined if the client accepts it
 * @throws Error if the server cannot be set up: its key does not fit
 */
export async function trialHandshake({
  certificate,
  key,
  trusted,
  name,
}: Trial): Promise<HandshakeRefusal | undefined> {
  const [clientSide, serverSide] = duplexPair();
  const server = new TLSSocket(serverSide, {
    isServer: true,
    secureContext: createSecureContext({ cert: certificate, key }),
  });
  // The client that hangs up is what is looked for; its side says why.
  server.on('error', () => undefined);
  try {
    return await new Promise<HandshakeRefusal | undefined>((resolve) => {
      const servername = isIP(name) === 0 ? { servername: name } : { host: name };
      const client = connect({
        socket: clientSide,
        ca: trusted,
        ciphers: CIPHERS,
        minVersion: 'TLSv1.2',
        ...servername,
      });
      client.once('secureConnect', () => resolve(undefined));
      client.once('error', (error: NodeJS.ErrnoException) =>
        resolve({ code: error.code ?? 'UNSPECIFIED', reason: error.message }),
      );
      client.once('close', () => resolve({ code: 'UNSPECIFIED', reason: 'the handshake was broken off' }));
    });
  } finally {
    server.destroy();
    clientSide.destroy();
  }
}
