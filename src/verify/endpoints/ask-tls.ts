import type { TLSSocket } from 'node:tls';
import { bracketed } from '../../image/host-port.ts';
import type { TlsEndpoint } from '../../sdk/definition.ts';
import type { CheckOutcome } from '../result.ts';
import {
  connectOldTls,
  connectTcp,
  connectTls,
  NoAnswer,
  presentedChain,
  type Limit,
  type Place,
  type Shown,
} from './connect.ts';
import type { Moment } from '../../swarm/clock.ts';
import { judgeCertificate, otherIssuer } from './judge-certificate.ts';
import { inPlain, type InPlain, tellsInPlain, withPlain } from './judge-http.ts';
import { withOlderTls } from './judge-tls.ts';
import { firstAnswer } from './request.ts';
import type { Keys } from './types.ts';

/**
 * Handshake, certificate, and whether the port serves plain HTTP, or takes an old protocol, as well.
 * @throws NoAnswer if nothing can be said; the signal's reason
 */
export async function askTls(
  endpoint: TlsEndpoint,
  place: Place,
  keys: Keys,
  limit: Limit,
  now: Moment,
): Promise<PeerOutcome> {
  const { issuer, ...outcome } = await handshake(endpoint, place, keys, limit, now);
  const [plain, older] = await Promise.all([
    askInPlain(endpoint.names[0] ?? place.host, place, limit),
    // One that speaks nothing newer has failed for that.
    outcome.certificate !== undefined && takesOlderTls(endpoint, place, limit),
  ]);
  return { ...withPlain(withOlderTls(outcome, older, endpoint), plain), issuer };
}

/** What is said of a server, with the issuer of its certificate if that is another than the bundle's CA. */
export interface PeerOutcome extends CheckOutcome {
  issuer: string | undefined;
}

/** What the server of an open connection presents, against what it must be. */
export const judgePeer = (socket: TLSSocket, endpoint: TlsEndpoint, keys: Keys, now: Moment): PeerOutcome =>
  judgeShown({ chain: presentedChain(socket), protocol: socket.getProtocol() ?? 'unknown' }, endpoint, keys, now);

function judgeShown(
  { chain, protocol }: Omit<Shown, 'proved'>,
  { names, authority }: TlsEndpoint,
  keys: Keys,
  now: Moment,
): PeerOutcome {
  const known = keys.authority(authority);
  return {
    ...judgeCertificate({ chain, protocol }, { names, authority: known, now }),
    issuer: otherIssuer(chain, known),
  };
}

async function handshake(
  endpoint: TlsEndpoint,
  place: Place,
  keys: Keys,
  limit: Limit,
  now: Moment,
): Promise<PeerOutcome> {
  try {
    const socket = await connectTls(place, endpoint.names[0], limit);
    const outcome = judgePeer(socket, endpoint, keys, now);
    socket.destroy();
    return outcome;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    if (error.shown?.proved === true) {
      const outcome = judgeShown(error.shown, endpoint, keys, now);
      return { ...outcome, detail: `${outcome.detail}; ${error.message}` };
    }
    if (error.kind !== 'strange') throw error;
    return { status: 'failed', detail: error.message, issuer: undefined };
  }
}

/**
 * What a TLS port does with a plain request.
 * @param host for the request's header
 * @throws the signal's reason
 */
export async function askInPlain(host: string, place: Place, limit: Limit): Promise<InPlain> {
  try {
    const socket = await connectTcp(place, limit);
    return inPlain(
      await firstAnswer(
        socket,
        `GET / HTTP/1.1\r\nHost: ${bracketed(host)}\r\nConnection: close\r\n\r\n`,
        limit,
        tellsInPlain,
      ),
    );
  } catch (error) {
    // Silence is no service.
    if (error instanceof NoAnswer) return 'refused';
    throw error;
  }
}

/**
 * Whether a server completes a handshake of TLS 1.1 or older, or would with a client's certificate; whatever else comes
 * of it says nothing.
 */
async function takesOlderTls({ names }: TlsEndpoint, place: Place, limit: Limit): Promise<boolean> {
  try {
    (await connectOldTls(place, names[0], limit)).destroy();
    return true;
  } catch (error) {
    limit.signal.throwIfAborted();
    return error instanceof NoAnswer && error.kind === 'refusal';
  }
}
