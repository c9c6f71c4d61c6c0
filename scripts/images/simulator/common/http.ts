/** A small HTTP server and client: JSON in, JSON out, plain or over TLS. */
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, request as httpsRequest } from 'node:https';

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface Call {
  method: string;
  path: string;
  authorization: string | undefined;
  body: unknown;
}

/** Certificate chain and key of a server, as PEM. */
export interface Identity {
  cert: string;
  key: string;
}

const MAX_BODY = 1 << 20;

/**
 * Serves HTTP, or HTTPS (TLS 1.2 and newer) with an identity; a plain request to the latter gets no HTTP answer.
 *
 * @throws what listening throws, with the port.
 */
export async function serve(
  port: number,
  identity: Identity | undefined,
  handle: (call: Call) => Answer | Promise<Answer>,
): Promise<Server> {
  const onRequest = (message: IncomingMessage, response: ServerResponse): void =>
    void respond(message, response, handle);
  const server =
    identity === undefined
      ? createServer(onRequest)
      : createTlsServer({ ...identity, minVersion: 'TLSv1.2' }, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`port ${port}: ${error.message}`)));
    server.listen(port, () => resolve());
  });
  return server;
}

/** Where and how to call. */
export interface Target {
  host: string;
  port: number;
  /** Speak TLS, and trust this CA only; without one, those that the system knows. */
  tls?: { ca?: string } | undefined;
  timeoutMs?: number;
}

/** Calls a server. @throws Error with the reason when there is no HTTP answer. */
export function call(
  target: Target,
  method: string,
  path: string,
  options: { token?: string | undefined; body?: unknown; user?: string } = {},
): Promise<Answer> {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const headers: Record<string, string> = { connection: 'close' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (options.token !== undefined) headers['authorization'] = basic(options.user ?? 'imply', options.token);
  const { host, port, tls } = target;
  const settings = { host, port, method, path, headers, agent: false, timeout: target.timeoutMs ?? 5000 };
  return new Promise((resolve, reject) => {
    const onAnswer = (message: IncomingMessage): void => {
      readJson(message).then((read) => resolve({ status: message.statusCode ?? 0, body: read }), reject);
    };
    const sent =
      tls === undefined
        ? httpRequest(settings, onAnswer)
        : httpsRequest({ ...settings, ...tls, minVersion: 'TLSv1.2' }, onAnswer);
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${settings.timeout} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The Authorization header's value of HTTP Basic authentication. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function respond(
  message: IncomingMessage,
  response: ServerResponse,
  handle: (call: Call) => Answer | Promise<Answer>,
): Promise<void> {
  let answer: Answer;
  try {
    const { pathname } = new URL(message.url ?? '/', 'http://server');
    answer = await handle({
      method: message.method ?? 'GET',
      path: pathname,
      authorization: message.headers.authorization,
      body: await readJson(message),
    });
  } catch (error) {
    answer = { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
  const text = JSON.stringify(answer.body);
  response
    .writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...answer.headers,
    })
    .end(text);
}

async function readJson(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('body too large');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
