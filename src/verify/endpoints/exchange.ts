import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ExchangeEndpoint } from '../../sdk/definition.ts';
import type { CheckOutcome } from '../result.ts';
import { connectTcp, connectTls, NoAnswer, REFUSALS, type Limit, type Place } from './connect.ts';

/** What came back; no more is told of it. `clear`: the answer, without TLS. */
export const CAME = ['nothing', 'answer', 'refusal', 'clear'] as const;
export type Came = (typeof CAME)[number];

/**
 * Sends the question through TLS, without a client certificate, and says what came back: `nothing` also if it is
 * another answer. Whoever speaks no TLS is asked in clear.
 * @param issuerOf who issued the server's certificate, if that is another than the bundle's CA
 * @throws NoAnswer if there is no TLS connection, and no answer in clear; the signal's reason
 */
export async function exchange(
  endpoint: ExchangeEndpoint,
  place: Place,
  limit: Limit,
  issuerOf: (socket: TLSSocket) => string | undefined,
): Promise<{ came: Came; issuer?: string | undefined }> {
  let socket: TLSSocket;
  try {
    socket = await connectTls(place, endpoint.serverName, limit);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    if (error.kind === 'refusal') return { came: 'refusal' };
    if (error.kind === 'unreachable' || error.kind === 'silent') throw error;
    // A server of another protocol may take a handshake for nonsense, and hang up.
    if ((await question(await connectTcp(place, limit), endpoint, limit)) === 'answer') return { came: 'clear' };
    throw error;
  }
  const issuer = issuerOf(socket);
  return { came: await question(socket, endpoint, limit), issuer };
}

/** Asks on an open connection, and ends it. */
function question(socket: Socket, { send, answer }: ExchangeEndpoint, { ms, signal }: Limit): Promise<Came> {
  return new Promise((resolve, reject) => {
    let said = Buffer.alloc(0);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      settle();
    };
    const give = (came: Came): void => end(() => resolve(came));
    const abort = (): void => end(() => reject(signal.reason as Error));
    const timer = setTimeout(give, ms, 'nothing');
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => give(REFUSALS.test(code) ? 'refusal' : 'nothing'));
    socket.on('close', () => give('nothing'));
    socket.on('data', (chunk: Buffer) => {
      said = Buffer.concat([said, chunk]);
      if (said.length < answer.length / 2) return;
      give(new RegExp(`^${answer}`, 'i').test(said.toString('hex')) ? 'answer' : 'nothing');
    });
    socket.write(Buffer.from(send, 'hex'));
  });
}

/** Whether it is what is expected of the server. */
export function judgeExchange(
  { expected, means }: Pick<ExchangeEndpoint, 'expected' | 'means'>,
  came: Came,
): CheckOutcome {
  const otherwise =
    came === 'nothing' && means !== undefined ? `takes connections; it is not seen that it ${means}` : undefined;
  const detail = came === 'answer' && means !== undefined ? means : (otherwise ?? WORDS[came]);
  return { status: came === expected ? 'passed' : 'failed', detail };
}

const WORDS: Readonly<Record<Came, string>> = {
  answer: 'answers a client without certificate, in its own protocol through TLS',
  refusal: 'refuses a client without certificate',
  nothing: 'takes connections, but neither answers in its protocol through TLS nor asks for a certificate',
  clear: 'answers without TLS',
};
