/** An HTTP server on a unix socket that answers as told: for what a real engine does not do on demand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveEngine } from '../../../src/engine/address.ts';
import { connect, type ConnectOptions } from '../../../src/engine/docker.ts';
import type { Engine } from '../../../src/engine/port.ts';

export interface Seen {
  method: string;
  /** As sent, query included. */
  url: string;
  body: string;
  headers: IncomingMessage['headers'];
}

/** Gives a status and a JSON body, or writes the response itself. */
export type Answer = (
  request: Seen,
  response: ServerResponse,
) => { status?: number; json?: unknown } | undefined | void;

export interface FakeEngine {
  socket: string;
  seen: Seen[];
  /** Gives a route another answer. */
  answer(route: string, answer: Answer): void;
  connect(options?: ConnectOptions): Promise<Engine>;
  close(): Promise<void>;
}

/**
 * `routes`: `GET /nodes` to an answer; the version prefix is taken off. A ping is answered with API 1.41 unless told
 * otherwise.
 */
export async function fakeEngine(routes: Record<string, Answer> = {}): Promise<FakeEngine> {
  const dir = await mkdtemp(join(tmpdir(), 'fake-engine-'));
  const socket = join(dir, 'docker.sock');
  const seen: Seen[] = [];
  const all: Record<string, Answer> = {
    'GET /_ping': (_seen, response) => {
      response.setHeader('Api-Version', '1.41');
      response.end('OK');
    },
    ...routes,
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one: Seen = {
        method: request.method ?? '',
        url: request.url ?? '',
        body: Buffer.concat(chunks).toString(),
        headers: request.headers,
      };
      seen.push(one);
      const path = one.url.replace(/^\/v\d+\.\d+/, '').replace(/\?.*$/, '');
      const answer = all[`${one.method} ${path}`];
      const said = answer === undefined ? { status: 404, json: { message: 'page not found' } } : answer(one, response);
      if (said === undefined) return;
      response.writeHead(said.status ?? 200, { 'Content-Type': 'application/json' });
      response.end(said.json === undefined ? '' : JSON.stringify(said.json));
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const engines: Engine[] = [];
  return {
    socket,
    seen,
    answer: (route, answer) => void (all[route] = answer),
    async connect(options) {
      const engine = await connect(
        await resolveEngine({ host: `unix://${socket}`, env: { PATH: process.env['PATH'] }, home: dir }),
        options,
      );
      engines.push(engine);
      return engine;
    },
    async close() {
      for (const engine of engines) await engine.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** One frame of the log stream. */
export function frame(type: number, text: string | Buffer): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export async function* each<T>(items: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}
