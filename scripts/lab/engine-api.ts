/** The Docker Engine API over a lab host's socket: just enough to form a swarm without a CLI process for each step. */
import http from 'node:http';

/** An answer of the engine that is not a success. */
export class EngineError extends Error {
  readonly status: number;

  constructor(what: string, status: number, message: string) {
    super(`${what}: ${status} ${message}`);
    this.name = 'EngineError';
    this.status = status;
  }
}

/**
 * One request to an engine.
 *
 * @param socket docker host URL, `unix:///...`.
 * @returns the parsed JSON of the answer, or its text when it is no JSON.
 * @throws EngineError for a status of 400 and above, Error when the engine cannot be reached.
 */
export async function engineRequest<T>(
  socket: string,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  { timeoutMs = 120_000, signal }: { timeoutMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise<T>((resolve, reject) => {
    const request = http.request(
      {
        socketPath: socket.replace(/^unix:\/\//, ''),
        method,
        path,
        agent: false,
        timeout: timeoutMs,
        ...(signal === undefined ? {} : { signal }),
        headers:
          payload === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => {
          const parsed = parse(text);
          const status = response.statusCode ?? 0;
          if (status < 400) return resolve(parsed as T);
          reject(new EngineError(`${method} ${path} on ${socket}`, status, messageOf(parsed)));
        });
      },
    );
    request.on('timeout', () =>
      request.destroy(new Error(`${method} ${path} on ${socket}: no answer after ${timeoutMs} ms`)),
    );
    request.on('error', reject);
    request.end(payload);
  });
}

/** Does an engine answer on this socket? */
export async function engineAnswers(socket: string): Promise<boolean> {
  try {
    await engineRequest(socket, 'GET', '/_ping', undefined, { timeoutMs: 2000 });
    return true;
  } catch {
    return false;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function messageOf(answer: unknown): string {
  if (typeof answer === 'object' && answer !== null && 'message' in answer) return String(answer.message);
  return String(answer).slice(0, 500);
}
