/** Logs of one task. */
import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { TIMEOUT, type Api } from './api.ts';
import { socketError, timeoutError } from './errors.ts';
import { decodeFrames } from './frames.ts';
import type { Engine, LogFrame, LogOptions } from './port.ts';

/** The body's chunks; where it is silent for longer than `idle` ms, the connection is cut and `late` is called. */
async function* chunksOf(response: IncomingMessage, idle: number | undefined, late: () => void): AsyncGenerator<Buffer, void, undefined> {
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    if (idle === undefined) return;
    timer = setTimeout(() => {
      late();
      response.destroy();
    }, idle);
  };
  try {
    arm();
    for await (const chunk of response) {
      clearTimeout(timer);
      yield chunk as Buffer;
      arm();
    }
  } finally {
    clearTimeout(timer);
  }
}

async function* unframed(chunks: AsyncIterable<Buffer>): AsyncGenerator<LogFrame, void, undefined> {
  for await (const data of chunks) yield { stream: 'stdout', data };
}

/** From API 1.42 on the answer itself says whether it is framed; before, only the service's spec does. */
function isFramed(response: IncomingMessage, tty: boolean): boolean {
  const type = response.headers['content-type'];
  if (type === 'application/vnd.docker.multiplexed-stream') return true;
  if (type === 'application/vnd.docker.raw-stream') return false;
  return !tty;
}

async function* follow(api: Api, taskId: string, options: LogOptions, idle: number): AsyncGenerator<LogFrame, void, undefined> {
  const what = `read the log of task ${taskId}`;
  const { signal } = options;
  // The compiler would take a plain `signal?.aborted` for unchanged after the first look.
  const aborted = (): boolean => signal?.aborted === true;
  if (aborted()) return;
  // One signal for the logs of a whole stack is usual, and no leak.
  if (signal !== undefined) setMaxListeners(0, signal);
  const query = {
    stdout: true,
    stderr: true,
    follow: options.follow ?? false,
    timestamps: options.timestamps ?? false,
    ...(options.tail === undefined ? {} : { tail: options.tail }),
  };

  let late = false;
  let response: IncomingMessage | undefined;
  const stop = (): void => void response?.destroy();
  try {
    response = await api.stream({ what, path: `/tasks/${encodeURIComponent(taskId)}/logs`, query }, signal);
    // Destroying is the quiet way; an abort through node:http would make the stream fail.
    signal?.addEventListener('abort', stop, { once: true });
    if (aborted()) return;
    const chunks = chunksOf(response, options.follow === true ? undefined : idle, () => (late = true));
    for await (const frame of isFramed(response, options.tty ?? false) ? decodeFrames(chunks) : unframed(chunks)) {
      // Frames of the chunk in hand would still come.
      if (aborted()) return;
      yield frame;
    }
    if (late) throw timeoutError(what, api.address, idle);
  } catch (error) {
    if (aborted()) return;
    throw late ? timeoutError(what, api.address, idle) : socketError(what, api.address, error);
  } finally {
    signal?.removeEventListener('abort', stop);
    response?.destroy();
  }
}

/**
 * The part of the port that reads logs. Without `follow`, a log that is silent for `idle` ms ends in `engine-unreachable`: a node
 * that is cut off but not yet marked down hangs so.
 */
export function logCalls(api: Api, idle = TIMEOUT): Pick<Engine, 'taskLogs'> {
  return { taskLogs: (taskId, options = {}) => follow(api, taskId, options, idle) };
}
