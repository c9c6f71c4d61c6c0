import { checkServerIdentity, type TLSSocket } from 'node:tls';
import { messageOf } from '../../../../src/sdk/errors.ts';
import { LoginError, type TlsReading } from '../reading.ts';

/** How a connection is to be made: `false` in clear. */
export type Security = { rejectUnauthorized: boolean; ca?: string } | false;

/**
 * Connects in the safest way that the server allows: with a certificate that is trusted, with any certificate, in
 * clear. With an authority only the first will do: then no password goes to a server that cannot prove who it is.
 * @param connect makes one attempt, to the end of the login
 * @param failure what an attempt's error means; undefined for what is neither
 * @throws LoginError `distrusted` if an authority is given and does not vouch for the server, and whatever `connect`
 *   throws
 */
export async function connectSecurely<T>(
  authority: string | undefined,
  connect: (security: Security) => Promise<T>,
  failure: (error: unknown) => 'no-tls' | 'distrusted' | undefined,
): Promise<{ connection: T; distrusted: string | undefined }> {
  try {
    return {
      connection: await connect({ rejectUnauthorized: true, ...(authority === undefined ? {} : { ca: authority }) }),
      distrusted: undefined,
    };
  } catch (error) {
    const kind = failure(error);
    if (kind === undefined) throw error;
    const why = kind === 'no-tls' ? 'it offers no TLS' : messageOf(error);
    if (authority !== undefined) throw new LoginError('distrusted', why);
    // What the software's own driver does as well unless it is told to verify. TLS to a stranger still keeps the
    // password from those who only listen.
    return {
      connection: await connect(kind === 'no-tls' ? false : { rejectUnauthorized: false }),
      distrusted: kind === 'no-tls' ? undefined : why,
    };
  }
}

/**
 * What the finished connection is; a name that does not fit is a fact here, not a fault: whether a client minds is its
 * own affair.
 */
export function tlsOf(stream: unknown, host: string, distrusted: string | undefined): Omit<TlsReading, 'required'> {
  const socket = stream as Partial<TLSSocket>;
  if (socket.encrypted !== true || socket.getPeerCertificate === undefined)
    return { protocol: undefined, distrusted: undefined, misnamed: undefined };
  const misnamed = checkServerIdentity(host, socket.getPeerCertificate());
  return { protocol: socket.getProtocol?.() ?? 'TLS', distrusted, misnamed: misnamed?.message };
}
