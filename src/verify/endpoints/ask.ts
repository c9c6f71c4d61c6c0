import type { TLSSocket } from 'node:tls';
import type { Clock, Moment } from '../../swarm/clock.ts';
import type { CheckOutcome } from '../result.ts';
import { askAuthentication } from './ask-authentication.ts';
import { askSecured } from './ask-secured.ts';
import { askTls, judgePeer, type PeerOutcome } from './ask-tls.ts';
import { connectTcp, connectTls, NoAnswer, type Limit, type Place } from './connect.ts';
import { exchange, judgeExchange } from './exchange.ts';
import { greetingOf, judgeGreeting } from './greeting.ts';
import { judgeStatus } from './judge-http.ts';
import { statusOf } from './request.ts';
import type { EndpointAskOptions, EndpointOutcome, EndpointSubject, Keys } from './types.ts';

const ATTEMPT_MS = 5_000;
const RETRY_MS = 1_000;
/**
 * A server that answers something else is asked again for so long from then on: it may have answered before it was
 * complete.
 */
export const WRONG_MS = 10_000;
/** A packet may be lost; if a firewall drops them all, waiting is in vain. */
const UNREACHABLE_TRIES = 2;

/** What came of it, and whether there was an answer at all. */
export interface Asked extends EndpointOutcome {
  reached: boolean;
  /** True if it takes the connection and says nothing in the time. */
  silent?: boolean | undefined;
  /** Of the certificate that answered, if that is another than the bundle's CA. */
  issuer?: string | undefined;
}

/**
 * Asks one port of one task at a place of this machine's network, again and again while a server may still be starting.
 * @param handOn a port that takes connections and says nothing is asked inside too: there it gets the time that is left
 */
export async function askEndpoint(
  subject: EndpointSubject,
  place: Place,
  keys: Keys,
  {
    deadline,
    giveUpAt,
    signal,
    clock,
    now,
    handOn = false,
  }: EndpointAskOptions & { clock: Clock; now: () => Moment; handOn?: boolean },
): Promise<Asked> {
  let wrongSince: number | undefined;
  for (let tries = 1; ; tries++) {
    const limit = { ms: Math.max(1, Math.min(ATTEMPT_MS, giveUpAt - clock.now())), signal };
    const attempt = await askOnce(subject, place, keys, limit, now());
    wrongSince = attempt.again === 'wrong' ? (wrongSince ?? clock.now()) : undefined;
    const until = wrongSince === undefined ? deadline : Math.min(deadline, wrongSince + WRONG_MS);
    const late = clock.now() + RETRY_MS >= until;
    const bounded = attempt.again === 'unreachable' || (handOn && attempt.silent === true);
    if (attempt.again === 'never' || late || (bounded && tries >= UNREACHABLE_TRIES))
      return {
        ...attempt.outcome,
        issuer: attempt.issuer,
        reached: attempt.reached,
        silent: attempt.silent,
        ...(attempt.outcome.status === 'failed' && attempt.again === 'starting' && { starting: true }),
      };
    await clock.sleep(RETRY_MS, signal);
  }
}

interface Attempt {
  outcome: CheckOutcome;
  /** Of its certificate, if that is another than the bundle's CA. */
  issuer?: string | undefined;
  /** Whether another attempt may end otherwise: `starting` until the deadline, `wrong` for a moment. */
  again: 'never' | 'starting' | 'wrong' | 'unreachable';
  reached: boolean;
  silent?: boolean;
}

async function askOnce(
  subject: EndpointSubject,
  place: Place,
  keys: Keys,
  limit: Limit,
  now: Moment,
): Promise<Attempt> {
  const { endpoint } = subject;
  const name = subject.tls?.names[0];
  try {
    switch (endpoint.kind) {
      case 'tcp': {
        const socket = await connectTcp(place, limit);
        if (endpoint.greeting !== undefined) {
          const outcome = judgeGreeting(endpoint.greeting, await greetingOf(socket, endpoint.greeting, limit));
          return { outcome, again: outcome.status === 'failed' ? 'starting' : 'never', reached: true };
        }
        socket.destroy();
        return final({ status: 'passed', detail: 'takes connections' });
      }
      case 'http': {
        const socket = endpoint.tls ? await connectTls(place, name, limit) : await connectTcp(place, limit);
        const peer =
          subject.tls !== undefined && 'getPeerCertificate' in socket
            ? judgePeer(socket, subject.tls, keys, now)
            : undefined;
        if (peer?.issuer !== undefined) {
          socket.destroy();
          return final(peer);
        }
        const status = await statusOf(socket, { method: 'GET', path: endpoint.path, host: name ?? place.host }, limit);
        const outcome = judgeStatus(status, endpoint.status);
        if (outcome.status !== 'failed') return final(outcome);
        return { outcome, again: status >= 500 ? 'starting' : 'wrong', reached: true };
      }
      case 'tls':
        return final(await askTls(endpoint, place, keys, limit, now));
      case 'secured': {
        const { reached, ...outcome } = await askSecured(endpoint, place, limit);
        return { outcome, again: 'never', reached };
      }
      case 'authentication': {
        const { issuer, asked, ...outcome } = await askAuthentication(endpoint, subject.tls, place, keys, limit, now);
        return {
          outcome,
          issuer,
          again:
            asked && outcome.status === 'unsure' && keys.token(endpoint.token) !== undefined ? 'starting' : 'never',
          reached: true,
        };
      }
      case 'exchange': {
        const { tls } = subject;
        const issuerOf = (socket: TLSSocket) => tls && judgePeer(socket, tls, keys, now).issuer;
        const { came, issuer } = await exchange(endpoint, place, limit, issuerOf);
        return {
          outcome: judgeExchange(endpoint, came),
          issuer,
          again: came === 'nothing' && issuer === undefined ? 'starting' : 'never',
          reached: true,
        };
      }
      case 'registration':
        return final({ status: 'not-run', detail: 'asked from inside the stack’s network only' });
    }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return noAnswer(error);
  }
}

const final = ({ issuer, ...outcome }: CheckOutcome & Partial<PeerOutcome>): Attempt => ({
  outcome,
  issuer,
  again: 'never',
  reached: true,
});

function noAnswer({ kind, message }: NoAnswer): Attempt {
  if (kind === 'strange') return final({ status: 'failed', detail: message });
  if (kind === 'refusal') return final({ status: 'unsure', detail: message });
  return {
    outcome: { status: 'unsure', detail: `${message}, asked from this machine` },
    again: kind === 'unreachable' ? 'unreachable' : 'starting',
    reached: kind === 'silent',
    silent: kind === 'silent',
  };
}
