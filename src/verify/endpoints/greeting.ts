import type { Socket } from 'node:net';
import type { Greeting } from '../../sdk/definition.ts';
import type { CheckOutcome } from '../result.ts';
import type { Limit } from './connect.ts';

/** A greeting is short; what talks on and on is something else. */
const MOST_BYTES = 16 * 1024;

/**
 * Asks for a greeting and gives the text of `contains` that came, the first in their order; undefined if the server
 * says something else, closes, or says nothing in the time. Nothing else of it is kept. Ends the connection.
 */
export function greetingOf(
  socket: Socket,
  { send, contains }: Greeting,
  { ms, signal }: Limit,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let said = Buffer.alloc(0);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      settle();
    };
    const found = (): string | undefined => contains.find((text) => said.includes(text, 0, 'latin1'));
    const give = (): void => end(() => resolve(found()));
    const abort = (): void => end(() => reject(signal.reason as Error));
    const timer = setTimeout(give, ms);
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', give);
    socket.on('close', give);
    socket.on('data', (chunk: Buffer) => {
      said = Buffer.concat([said, chunk]);
      if (found() !== undefined || said.length > MOST_BYTES) give();
    });
    if (send !== '') socket.write(send);
  });
}

/** @param said which of the texts came */
export function judgeGreeting(greeting: Greeting, said: string | undefined): CheckOutcome {
  if (said !== undefined) return { status: 'passed', detail: `${asked(greeting)} "${said}"` };
  return {
    status: 'failed',
    detail:
      `takes connections, but ${greeting.send === '' ? 'does not greet' : `does not answer "${greeting.send}"`} ` +
      `with ${greeting.contains.map((text) => `"${text}"`).join(' or ')}`,
  };
}

const asked = ({ send }: Greeting): string => (send === '' ? 'greets with' : `answers "${send}" with`);
