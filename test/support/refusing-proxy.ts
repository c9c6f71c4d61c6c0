import { createServer, request } from 'node:http';

/** A page as docker socket proxies (HAProxy) give it. */
const PAGE = '<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n';

/**
 * An engine's API on another socket, behind a proxy that refuses some of it with a page.
 * @param refuses of the path, without the API's version
 * @returns closes it
 */
export async function refusingProxy(
  engine: string,
  socket: string,
  refuses: (path: string) => boolean,
): Promise<() => Promise<void>> {
  const server = createServer((asked, answer) => {
    if (refuses((asked.url ?? '').replace(/^\/v[\d.]+/, ''))) {
      answer.writeHead(403, { 'Content-Type': 'text/html' }).end(PAGE);
      return;
    }
    const forwarded = request(
      { socketPath: engine, method: asked.method, path: asked.url, headers: asked.headers },
      (real) => {
        answer.writeHead(real.statusCode ?? 502, real.headers);
        real.pipe(answer);
      },
    );
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}
