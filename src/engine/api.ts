/**
 * Single requests to one engine, over dockerode's modem. Its helpers for objects are not used: they put a POST body
 * into the URL as well (a secret's data with it), give back text or JSON by guess, some ignore the abort signal, and
 * none ends when an answer breaks off.
 */
import type { IncomingMessage } from 'node:http';
import { throughElections } from './election.ts';
import { isOutOfSequence, answerError, namelessError, socketError, strangeAnswer, timeoutError } from './errors.ts';
import { jsonItems } from './json-items.ts';
import type { EngineAddress } from './port.ts';

/** What docker-modem's `dial` reads. */
export interface DialOptions {
  path: string;
  method: string;
  isStream: true;
  headers: Record<string, string>;
  statusCodes: Record<number, true>;
  abortSignal: AbortSignal;
  options: { _query: Record<string, string>; _body: unknown };
}

export interface Modem {
  dial(options: DialOptions, done: (error: Error | null, response: IncomingMessage | null) => void): void;
}

export interface Call {
  /** What is being done, for errors: "list the services". */
  what: string;
  /** GET when absent. */
  method?: 'GET' | 'POST' | 'DELETE';
  /** Without the version: `/services`. Parts must be encoded. */
  path: string;
  /** Objects are sent as JSON (filters). */
  query?: Record<string, string | number | boolean | object>;
  body?: unknown;
  headers?: Record<string, string>;
  /** Milliseconds; 30 s when absent. */
  timeout?: number;
  /** Of JSON: whether it is that of a swarm without a leader, so that it is read again as what is refused for that. */
  isUnled?: (answer: unknown) => boolean;
}

export interface Api {
  readonly address: EngineAddress;
  /** The answer's JSON; undefined if there is no body. @param signal ends the call, which then throws its reason */
  json(call: Call, signal?: AbortSignal): Promise<unknown>;
  /** The answer's headers, once all of it has come. @param signal as of `json` */
  headers(call: Call, signal?: AbortSignal): Promise<IncomingMessage['headers']>;
  /** What is made of each item of the answer's list, which is read item by item; null is an empty list. */
  items<T>(call: Call, make: (item: unknown, index: number) => T): Promise<T[]>;
  /** The answer's body as it comes; the time-out is for its head only. */
  stream(call: Call, signal?: AbortSignal): Promise<IncomingMessage>;
}

export const TIMEOUT = 30_000;
/** A call that takes longer is told, in ms; others that do so soon after it are not. */
const SLOW = 10_000;

/** Told of a call that takes long: "the engine at URL to list the nodes, no longer than 30 s". */
export type OnSlow = (text: string) => void;

/**
 * Gives what watches one call. A call with a limit of its own is told by who makes it: it knows for whom it waits.
 * @returns ends the watch
 */
function slowWatch({ url }: EngineAddress, onSlow: OnSlow | undefined): (call: Call, ms: number) => () => void {
  let toldAt = -Infinity;
  return (call, ms) => {
    if (onSlow === undefined || call.timeout !== undefined) return () => undefined;
    const timer = setTimeout(() => {
      if (performance.now() - toldAt < SLOW) return;
      toldAt = performance.now();
      onSlow(`the engine at ${url} to ${call.what}, no longer than ${String(ms / 1000)} s`);
    }, SLOW);
    return () => clearTimeout(timer);
  };
}

/** Every status is taken as success, so that the modem leaves reading and judging to us. */
const ALL_STATUSES: Record<number, true> = Object.fromEntries(
  Array.from({ length: 500 }, (_, i) => [i + 100, true as const]),
);

/** A part that is empty, or that a server takes for a step in the path: what was put in is no name or id. */
const NAMELESS = /\/\.{0,2}(\/|$)/;

function dial(modem: Modem, version: string | undefined, call: Call, signal: AbortSignal): Promise<IncomingMessage> {
  const query = Object.entries(call.query ?? {}).map(([key, value]) => [
    key,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  return new Promise((resolve, reject) => {
    modem.dial(
      {
        // The modem appends the query only to a path that ends in "?".
        path: `${version === undefined ? '' : `/v${version}`}${call.path}${query.length === 0 ? '' : '?'}`,
        method: call.method ?? 'GET',
        isStream: true,
        headers: { 'User-Agent': 'bundle', ...call.headers },
        statusCodes: ALL_STATUSES,
        abortSignal: signal,
        options: { _query: Object.fromEntries(query) as Record<string, string>, _body: call.body ?? {} },
      },
      (error, response) => (response === null ? reject(error ?? new Error('no answer')) : resolve(response)),
    );
  });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws BundleError `engine-error` for another text */
function jsonOf(what: string, text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw strangeAnswer(what, 'no JSON');
  }
}

/** Codes of a connection that broke off. */
const BROKEN_OFF: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'ESSH_ENDED']);

/**
 * Reads once more if the connection broke off: the engine may have closed a kept one just now, or its ssh ended. A
 * write may have been done, so it is not repeated.
 */
async function readingAgain<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!BROKEN_OFF.has((error as NodeJS.ErrnoException).code) || signal.aborted) throw error;
    return work();
  }
}

/**
 * Requests to the engine behind a modem, each with a deadline.
 * @param version API version for every request, for example `1.41`; undefined only to ask for it
 * @param onSlow told of calls that take long
 * @throws (its methods) BundleError as the port says; no error carries the request
 */
export function engineApi(
  modem: Modem,
  address: EngineAddress,
  version?: string,
  timeout = TIMEOUT,
  onSlow?: OnSlow,
): Api {
  const watchSlow = slowWatch(address, onSlow);
  const throughElection = throughElections(onSlow && (() => onSlow('the swarm to elect a leader')));
  const reading = <T>(
    call: Call,
    signal: AbortSignal,
    work: () => Promise<T>,
    isUnled?: (answer: T) => boolean,
  ): Promise<T> =>
    (call.method ?? 'GET') === 'GET' ? throughElection(() => readingAgain(signal, work), signal, isUnled) : work();
  async function within<T>(call: Call, work: (signal: AbortSignal) => Promise<T>, outer?: AbortSignal): Promise<T> {
    const ms = call.timeout ?? timeout;
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      abort();
    }, ms);
    const unwatch = watchSlow(call, ms);
    outer?.addEventListener('abort', abort, { once: true });
    try {
      if (outer?.aborted === true) abort();
      return await work(controller.signal);
    } catch (error) {
      throw late ? timeoutError(call.what, address, ms) : socketError(call.what, address, error);
    } finally {
      clearTimeout(timer);
      unwatch();
      outer?.removeEventListener('abort', abort);
    }
  }

  async function open(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    if (NAMELESS.test(call.path)) throw namelessError(call.what);
    const response = await dial(modem, version, call, signal);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw answerError(call.what, status, await bodyOf(response), `${call.method ?? 'GET'} ${call.path}`);
  }

  async function items<T>(call: Call, make: (item: unknown, index: number) => T, signal: AbortSignal): Promise<T[]> {
    const made: T[] = [];
    try {
      for await (const item of jsonItems(await open(call, signal))) made.push(make(item, made.length));
    } catch (error) {
      throw error instanceof SyntaxError ? strangeAnswer(call.what, `no list: ${error.message}`) : error;
    }
    return made;
  }

  async function whole<T>(
    call: Call,
    outer: AbortSignal | undefined,
    make: (response: IncomingMessage) => T | Promise<T>,
    isUnled?: (answer: T) => boolean,
  ): Promise<T> {
    try {
      return await within(
        call,
        (signal) => reading(call, signal, async () => make(await open(call, signal)), isUnled),
        outer,
      );
    } catch (error) {
      throw outer?.aborted === true ? outer.reason : error;
    }
  }

  return {
    address,
    items: (call, make) => within(call, (inner) => reading(call, inner, () => items(call, make, inner))),
    stream: (call, signal) => within(call, (inner) => reading(call, inner, () => open(call, inner)), signal),
    json: (call, outer) =>
      whole<unknown>(call, outer, async (response) => jsonOf(call.what, await bodyOf(response)), call.isUnled),
    headers: (call, outer) => whole(call, outer, (response) => bodyOf(response).then(() => response.headers)),
  };
}

/**
 * Runs a read-and-write again if the swarm says "update out of sequence": someone else wrote in between, and every
 * write names the version it read.
 * @param attempts how many times in all; the last error is thrown
 * @param again which errors are worth another attempt
 */
export async function retryOutOfSequence<T>(
  write: () => Promise<T>,
  attempts = 10,
  again: (error: unknown) => boolean = isOutOfSequence,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (attempt >= attempts || !again(error)) throw error;
      // Jitter, so that two writers do not meet again; milliseconds.
      await new Promise((go) => setTimeout(go, 20 * attempt * (0.5 + Math.random())));
    }
  }
}
