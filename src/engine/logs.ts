/** Logs of one task, or of one container. */
import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { TIMEOUT, type Api } from './api.ts';
import { socketError, timeoutError } from './errors.ts';
import { decodeFrames } from './frames.ts';
import { localContainer } from './local-container.ts';
import { watchSilence } from './node-away.ts';
import type { Engine, LogFrame, LogOptions } from './port.ts';

/** A node that can answer does so within milliseconds. */
const SILENCE = 2000;

/** The body's chunks; if it is silent for longer than `idle` ms, the connection is cut and `late` is called. */
async function* chunksOf(
  response: IncomingMessage,
  idle: number | undefined,
  late: () => void,
): AsyncGenerator<Buffer, void, undefined> {
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

/** One log being read, and the ways in which it may be ended from outside. */
class Reading {
  private readonly controller = new AbortController();
  private readonly outer: AbortSignal | undefined;
  private response: IncomingMessage | undefined;
  /** It was silent for too long. */
  late = false;
  /** Why the node cannot tell. */
  away: string | undefined;

  constructor(outer: AbortSignal | undefined) {
    this.outer = outer;
    if (outer === undefined) return;
    // One signal for the logs of a whole stack is usual, and no leak.
    setMaxListeners(0, outer);
    outer.addEventListener('abort', this.stop, { once: true });
    if (outer.aborted) this.stop();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get aborted(): boolean {
    return this.outer?.aborted === true;
  }

  /** From here on there is an answer to end, not a request. */
  hold(response: IncomingMessage): void {
    this.response = response;
    if (this.signal.aborted) this.stop();
  }

  /** Destroying an answer is the quiet way; an abort through node:http makes its stream fail. */
  readonly stop = (): void => {
    if (this.response === undefined) this.controller.abort();
    else this.response.destroy();
  };

  end(): void {
    this.outer?.removeEventListener('abort', this.stop);
    this.response?.destroy();
  }
}

/** Through the swarm; if that cannot be, and the container is on the engine that we ask, from there. */
async function* ofTask(
  api: Api,
  taskId: string,
  options: LogOptions,
  idle: number,
  silence: number,
): AsyncGenerator<LogFrame, void, undefined> {
  let begun = false;
  for await (const frame of read(api, { taskId }, options, idle, silence)) {
    if (!begun && frame.stream === 'system') {
      const containerId = await localContainer(api, taskId);
      if (containerId !== undefined) {
        yield* read(api, { taskId, containerId }, options, idle, silence);
        return;
      }
    }
    begun = true;
    yield frame;
  }
}

type Source = { taskId: string; containerId?: string } | { containerId: string };

async function* read(
  api: Api,
  source: Source,
  options: LogOptions,
  idle: number,
  silence: number,
): AsyncGenerator<LogFrame, void, undefined> {
  if (options.signal?.aborted === true) return;
  const taskId = 'taskId' in source ? source.taskId : undefined;
  const what =
    taskId === undefined ? `read the log of container ${source.containerId ?? ''}` : `read the log of task ${taskId}`;
  const path =
    source.containerId === undefined
      ? `/tasks/${encodeURIComponent(taskId ?? '')}/logs`
      : `/containers/${encodeURIComponent(source.containerId)}/logs`;
  const query = {
    stdout: true,
    stderr: true,
    follow: options.follow ?? false,
    timestamps: options.timestamps ?? false,
    ...(options.tail === undefined ? {} : { tail: options.tail }),
    ...(options.since === undefined ? {} : { since: (Date.parse(options.since) / 1000).toFixed(3) }),
  };
  const reading = new Reading(options.signal);
  // Of a container the engine knows by itself: only a task may be on a node that is lost.
  const unwatch =
    taskId === undefined
      ? () => undefined
      : watchSilence(api, taskId, silence, (text) => {
          reading.away = text;
          reading.stop();
        });
  const late = (): void => {
    reading.late = true;
  };
  let trouble: unknown;
  try {
    const response = await api.stream({ what, path, query }, reading.signal);
    reading.hold(response);
    const chunks = chunksOf(response, options.follow === true ? undefined : idle, late);
    for await (const frame of isFramed(response, options.tty ?? false) ? decodeFrames(chunks) : unframed(chunks)) {
      unwatch();
      // Frames of the chunk in hand would still come.
      if (reading.aborted) return;
      yield frame;
    }
  } catch (error) {
    trouble = error;
  } finally {
    unwatch();
    reading.end();
  }
  if (reading.aborted) return;
  if (reading.away !== undefined) yield { stream: 'system', data: Buffer.from(`${reading.away}\n`) };
  else if (reading.late) throw timeoutError(what, api.address, idle);
  else if (trouble !== undefined) throw socketError(what, api.address, trouble);
}

/**
 * The part of the port that reads logs. Without `follow`, a log that is silent for `idle` ms ends in
 * `engine-unreachable`. One that begins with `silence` ms of silence on a node that is down ends with a system frame
 * that says so, followed or not.
 */
export function logCalls(api: Api, idle = TIMEOUT, silence = SILENCE): Pick<Engine, 'taskLogs' | 'containerLogs'> {
  return {
    taskLogs: (taskId, options = {}) => ofTask(api, taskId, options, idle, silence),
    containerLogs: (containerId, options = {}) => read(api, { containerId }, options, idle, silence),
  };
}
