import { connect } from 'node:net';

/** A server that has not answered by then is not usable either. */
const LIMIT_MS = 5_000;

/**
 * Opens a TCP connection and gives what the server answers first (at most one read). `send` is written once connected; the empty string
 * asks for the connection alone.
 * @throws Error with the system's reason, or `no answer in 5 s`
 */
export function probeTcp(host: string, port: number, send?: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const end = (result: Buffer | Error) => {
      socket.destroy();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    socket.setTimeout(LIMIT_MS, () => end(new Error(`no answer in ${LIMIT_MS / 1000} s`)));
    socket.once('error', (error: NodeJS.ErrnoException) => end(new Error(REASONS[error.code ?? ''] ?? error.message)));
    socket.once('connect', () => {
      if (send === '') end(Buffer.alloc(0));
      else if (send !== undefined) socket.write(send);
    });
    socket.once('data', end);
    socket.once('end', () => end(new Error('it closed the connection without a word')));
  });
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name does not resolve',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ETIMEDOUT: 'no answer',
};
