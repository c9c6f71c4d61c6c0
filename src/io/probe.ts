import { connect } from 'node:net';
import { errnoText } from '../errno.ts';

/** A server that has not answered by then is not usable either. */
const LIMIT_MS = 5_000;

/** More than any answer that is waited for: a server that goes on is not the one that was meant. */
const LIMIT_BYTES = 64 * 1024;

/**
 * Opens a TCP connection and gives what the server says: of itself, the first read; to `send`, everything until it
 * closes. The empty string asks for the connection alone.
 * @throws Error with the system's reason, or `no answer in 5 s`
 */
export function probeTcp(host: string, port: number, send?: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const answer: Buffer[] = [];
    const end = (result: Buffer | Error) => {
      clearTimeout(timer);
      socket.destroy();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    const timer = setTimeout(() => end(new Error(`no answer in ${LIMIT_MS / 1000} s`)), LIMIT_MS);
    socket.once('error', (error) => end(new Error(errnoText(error))));
    socket.once('connect', () => {
      if (send === '') end(Buffer.alloc(0));
      else if (send !== undefined) socket.write(send);
    });
    socket.on('data', (data) => {
      answer.push(data);
      if (send === undefined || Buffer.concat(answer).length > LIMIT_BYTES) end(Buffer.concat(answer));
    });
    socket.once('end', () =>
      end(answer.length > 0 ? Buffer.concat(answer) : new Error('it closed the connection without a word')),
    );
  });
}
