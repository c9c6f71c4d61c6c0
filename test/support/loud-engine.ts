import { createServer, request, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';

/**
 * An engine's API on another socket, where the first log that is read begins with `bytes` of noise.
 * @returns closes it
 */
export async function loudEngine(engine: string, socket: string, bytes: number): Promise<() => Promise<void>> {
  const line = Buffer.from(
    '2026-01-01T00:00:00.000000000Z a log line of the usual length, as a Java program writes them all day long, ' +
      'and on and on it goes\n',
  );
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(line.length, 4);
  const frame = Buffer.concat([header, line]);
  const block = Buffer.concat(Array.from({ length: Math.ceil(65_536 / frame.length) }, () => frame));
  async function* noisy(real: IncomingMessage): AsyncGenerator<Buffer> {
    for (let sent = 0; sent < bytes; sent += block.length) yield block;
    yield* real as AsyncIterable<Buffer>;
  }
  let quiet = true;
  const server = createServer((asked, answer) => {
    const loud = quiet && (asked.url ?? '').includes('/logs?');
    if (loud) quiet = false;
    const forwarded = request(
      { socketPath: engine, method: asked.method, path: asked.url, headers: asked.headers },
      (real) => {
        answer.writeHead(real.statusCode ?? 502, real.headers);
        // A client that hangs up is none of ours.
        pipeline(loud ? noisy(real) : real, answer).catch(() => undefined);
      },
    );
    answer.on('close', () => forwarded.destroy());
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}
