import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { AuthenticationEndpoint, TlsEndpoint } from '../../sdk/definition.ts';
import type { Moment } from '../../swarm/clock.ts';
import { judgePeer, type PeerOutcome } from './ask-tls.ts';
import { connectTcp, connectTls, type Limit, type Place } from './connect.ts';
import { judgeAuthentication } from './judge-authentication.ts';
import { statusOf } from './request.ts';
import type { Keys } from './types.ts';

/** What came of it, and whether anything was asked of the server at all. */
export interface TokenOutcome extends PeerOutcome {
  asked: boolean;
}

/**
 * Asks without a token, with a wrong one and with the right one, each on a connection of its own. The token goes over
 * TLS only to a server whose certificate was proved on that very connection; over plain HTTP only if the definition
 * says so, which it does if the answers accept a token in clear.
 * @throws NoAnswer; the signal's reason
 */
export async function askAuthentication(
  endpoint: AuthenticationEndpoint,
  tls: TlsEndpoint | undefined,
  place: Place,
  keys: Keys,
  limit: Limit,
  now: Moment,
): Promise<TokenOutcome> {
  const token = keys.token(endpoint.token);
  const host = tls?.names[0] ?? place.host;
  const ask = async (password: string | undefined): Promise<number> => {
    const socket = endpoint.tls
      ? await proved(tls, place, keys, limit, now, token !== undefined)
      : await connectTcp(place, limit);
    const authorization =
      password === undefined ? undefined : `Basic ${Buffer.from(`${endpoint.user}:${password}`).toString('base64')}`;
    return statusOf(socket, { ...endpoint.request, host, authorization }, limit);
  };
  try {
    const none = await ask(undefined);
    const wrong = await ask(randomBytes(24).toString('base64url'));
    const right = token === undefined ? undefined : await ask(token);
    return { ...judgeAuthentication({ none, wrong, right }), issuer: undefined, asked: true };
  } catch (error) {
    if (error instanceof Unproved)
      return { status: error.status, detail: error.message, issuer: error.issuer, asked: false };
    throw error;
  }
}

class Unproved extends Error {
  readonly status: 'not-run' | 'unsure';
  readonly issuer: string | undefined;

  constructor(status: Unproved['status'], words: string, issuer?: string) {
    super(words);
    this.status = status;
    this.issuer = issuer;
  }
}

/** @param strict false if no token will be sent: then a CA that cannot be told does not stop the question */
async function proved(
  tls: TlsEndpoint | undefined,
  place: Place,
  keys: Keys,
  limit: Limit,
  now: Moment,
  strict: boolean,
): Promise<Socket> {
  if (tls === undefined)
    throw new Unproved('not-run', 'a token is sent to no server of whose certificate nothing is known');
  const socket = await connectTls(place, tls.names[0], limit);
  const { status, detail, issuer } = judgePeer(socket, tls, keys, now);
  if (status === 'passed' || (status === 'unsure' && !strict)) return socket;
  socket.destroy();
  throw new Unproved('unsure', `a token is not sent to a server whose certificate does not hold: ${detail}`, issuer);
}
