import type { Socket } from 'node:net';
import { bracketed } from '../../image/host-port.ts';
import { late, NoAnswer, type Limit } from './connect.ts';

export interface Request {
  method: string;
  path: string;
  /** For the Host header. */
  host: string;
  authorization?: string | undefined;
  body?: string | undefined;
}

/**
 * Sends a request on a connection and gives the status of the answer; nothing else of it is kept. Ends the connection.
 * @throws NoAnswer
 */
export async function statusOf(
  socket: Socket,
  { method, path, host, authorization, body }: Request,
  limit: Limit,
): Promise<number> {
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${bracketed(host)}`,
    'Connection: close',
    'Accept: */*',
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    ...(body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  const first = await firstAnswer(socket, `${head.join('\r\n')}\r\n\r\n${body ?? ''}`, limit);
  const status = /^HTTP\/\d(?:\.\d)? ([1-5]\d\d)\b/.exec(first.toString('latin1'))?.[1];
  if (status !== undefined) return Number(status);
  throw first.length === 0
    ? new NoAnswer('down', 'it closed the connection without an answer')
    : new NoAnswer('strange', 'its answer is not HTTP');
}

/** Enough for a status line, which may come in pieces. */
export const STATUS_BYTES = 12;

/**
 * Sends text and gives the first bytes that come back; none if the other side closes or resets. Ends the connection.
 * @param enough whether what came so far will do: a status line, if nothing else is asked for
 * @throws NoAnswer
 */
export function firstAnswer(
  socket: Socket,
  text: string,
  { ms, signal }: Limit,
  enough = (said: Buffer): boolean => said.length >= STATUS_BYTES,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      settle();
    };
    const give = (): void => end(() => resolve(Buffer.concat(chunks)));
    const abort = (): void => end(() => reject(signal.reason as Error));
    const timer = setTimeout(() => end(() => reject(late(ms, true))), ms);
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', give);
    socket.on('close', give);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (enough(Buffer.concat(chunks))) give();
    });
    socket.write(text);
  });
}
