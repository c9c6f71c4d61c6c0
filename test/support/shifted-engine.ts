import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';

/** An RFC 3339 time of an engine; one of year 1 stands for none. */
const TIME = /(?!0001-)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/**
 * An engine whose clock is wrong: passes everything on to the one at `socket`, with the times of its answers shifted.
 * Logs keep theirs: those are of the nodes.
 * @returns closes it
 */
export async function shiftedEngine(socket: string, listen: string, shiftMs: number): Promise<() => Promise<void>> {
  const shifted = (text: string): string =>
    text.replace(TIME, (time, fraction: string | undefined) => {
      const moved = new Date(Date.parse(time) + shiftMs).toISOString().slice(0, 19);
      return `${moved}${fraction ?? ''}Z`;
    });
  const pass = (response: ServerResponse, answer: IncomingMessage): void => {
    const headers = { ...answer.headers };
    if (headers.date !== undefined) headers.date = new Date(Date.parse(headers.date) + shiftMs).toUTCString();
    if (headers['content-type'] !== 'application/json') {
      response.writeHead(answer.statusCode ?? 502, headers);
      answer.pipe(response);
      return;
    }
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      const body = Buffer.from(shifted(Buffer.concat(chunks).toString('utf8')));
      delete headers['transfer-encoding'];
      response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': String(body.length) });
      response.end(body);
    });
  };
  const server = createServer((incoming, response) => {
    const { method, url: path, headers } = incoming;
    const outgoing = ask({ socketPath: socket, method, path, headers }, (answer) => pass(response, answer));
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(listen, resolve));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}
