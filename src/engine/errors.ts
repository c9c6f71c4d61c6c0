/** The engine's trouble in our words: answers with an error status, and sockets that give none. */
import { errnoText } from '../errno.ts';
import { BundleError, EXIT, messageOf } from '../errors.ts';
import { isMarkup, wordsOfPage } from '../image/markup.ts';
import { firstWords } from './first-words.ts';
import { MAJORITY_HINT } from './majority.ts';
import type { EngineAddress } from './port.ts';

const UNREACHABLE_HINT = 'start docker there, or name another engine with --host or --context';
const ANOTHER_PORT = 'check the address and its port: an engine is behind another one (usually 2376 with TLS)';
const MANAGER_HINT = 'talk to a manager: --host or --context names one; `docker swarm init` makes a first one';
const WORKER_HINT = 'talk to a manager: --host or --context names one';

/** What swarmkit says, which gRPC wraps: the code before it is noise to a reader. */
export const withoutGrpc = (words: string): string => words.replace(/rpc error: code = \w+ desc = /g, '').trim();

/**
 * The engine's own words out of the body of an error answer. The API gives `{"message": …}`; Go's HTTP server gives
 * plain text, and a proxy before the engine a page, of which the words are given.
 * @param request method and path, for what is not the engine's own answer
 */
export function engineWords(status: number, body: string, request = 'the request'): string {
  if (isRedirect(status)) return `${String(status)} from ${request}, a redirect, which no engine gives`;
  if (isPage(body)) return `${String(status)} from ${request}, not the engine's words: ${wordsOfPage(body)}`;
  let words: unknown;
  try {
    const json: unknown = JSON.parse(body);
    words = typeof json === 'object' && json !== null && 'message' in json ? json.message : undefined;
  } catch {
    words = body.length <= 500 ? body : `${body.slice(0, 500)}…`;
  }
  const text = typeof words === 'string' ? withoutGrpc(words) : '';
  return text === '' ? `HTTP status ${String(status)} without a reason` : text;
}

/** 304 is the engine's own: a container that runs was to be started. */
const isRedirect = (status: number): boolean => status >= 300 && status < 400 && status !== 304;

/** A page in place of the engine's answer; the engine's own JSON may quote one. */
const isPage = (body: string): boolean => isMarkup(body) && !body.trimStart().startsWith('{');

function codeOf(status: number, words: string): string {
  if (
    /not a swarm manager|not part of a swarm|swarm is encrypted and needs to be unlocked|swarm does not have a leader/i.test(
      words,
    )
  ) {
    return 'engine-not-manager';
  }
  if (status === 404) return 'engine-not-found';
  // Swarm answers "in use" with 400, network removal with 403: for us they are all one conflict.
  if (status === 409 || isOutOfSequence(words) || /\b(is )?in use by\b|has active endpoints/i.test(words))
    return 'engine-conflict';
  return 'engine-error';
}

function hintsOf(code: string, status: number, words: string): string[] {
  if (isRedirect(status)) return ['a proxy stands before the engine: name the engine itself with --host or --context'];
  if (code === 'engine-not-manager') {
    if (/unlock/i.test(words)) return ['`docker swarm unlock` on that host, with its unlock key'];
    if (LEADERLESS.test(words)) return [MAJORITY_HINT];
    return [/worker nodes/i.test(words) ? WORKER_HINT : MANAGER_HINT];
  }
  if (/HTTP request to an HTTPS server/i.test(words))
    return [
      'this engine speaks TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use a context that holds its ' +
        'certificates',
    ];
  return lateHints(words);
}

/**
 * What to do about managers that did not agree in time, if these words end with that. Raft's: seen of managers of
 * Engine 28.5 behind cables that lose 5 % and answer after 400 ms.
 */
export const lateHints = (words: string): string[] =>
  /(^|desc = )context deadline exceeded$/i.test(words.trimEnd())
    ? [
        'the managers did not agree in time: the network between them is slow or loses packets, or a disk is slow; it ' +
          'may be done all the same: run the same command again',
      ]
    : [];

/** The swarm's words, and those of a manager that has not joined it again yet (moby: daemon/cluster, errNoManager). */
const LEADERLESS = /swarm does not have a leader|manager is being prepared or has trouble connecting/i;

/** Whether the swarm had no leader to answer, or the manager that was asked has not found it yet. */
export function isLeaderless(error: unknown): boolean {
  return LEADERLESS.test(messageOf(error));
}

/** Whether the swarm refused a write because somebody else wrote in between. */
export function isOutOfSequence(error: unknown): boolean {
  return /update out of sequence/i.test(messageOf(error));
}

/**
 * Whether a deployment met another one: what it was about to update was updated, or what it was about to create was
 * created.
 */
export function metAnother(error: unknown): boolean {
  return isOutOfSequence(error) || /name conflicts with an existing object|already exists/i.test(messageOf(error));
}

/**
 * An error answer as BundleError: `engine-not-manager`, `engine-not-found`, `engine-conflict` or `engine-error`.
 * It carries the engine's words and the status, nothing of the request but its path if something before the engine
 * refused it, or may have. Exit 1; 3 for a reading that was refused so.
 * @param what what was being done: "remove secret x"
 * @param request method and path
 */
export function answerError(what: string, status: number, body: string, request = 'the request'): BundleError {
  const words = engineWords(status, body, request);
  const foreign = isPage(body) || isRedirect(status);
  const code = foreign ? 'engine-error' : codeOf(status, words);
  const gated = GATES.has(status) && code === 'engine-error';
  // What keeps something from being read keeps it from every command alike, before anything is changed.
  const exit = (foreign || gated) && request.startsWith('GET ') ? EXIT.preflight : EXIT.failed;
  const path = gated && !foreign ? ` (${String(status)} from ${request})` : '';
  return new BundleError(code, `cannot ${what}: ${words}${path}`, {
    exit,
    hints: hintsOf(code, status, words),
    details: { status, engine: words },
  });
}

/** Statuses by which a proxy, or a plugin that authorises, refuses: the engine's own reasons have others. */
const GATES: ReadonlySet<number> = new Set([401, 403, 407, 502, 504]);

function at(address: EngineAddress): string {
  return `${address.url} (from ${address.source})`;
}

/** `engine-unreachable` for a call that took longer than its time. */
export function timeoutError(what: string, address: EngineAddress, ms: number): BundleError {
  return new BundleError(
    'engine-unreachable',
    `cannot ${what}: the engine at ${at(address)} gave no answer within ${String(ms / 1000)} s`,
    {
      hints: [
        'a host that is overloaded or cut off answers like this; try again, or name another manager with --host ' +
          'or --context',
      ],
      details: { timeout: true },
    },
  );
}

/** Alerts by which a server refuses what its client showed, or that it showed nothing (RFC 8446, 6). */
const OF_OURS = /^(unknown ca|bad certificate|unsupported certificate|certificate .*|access denied)$/;

/**
 * The alert that a TLS server ended the connection with, in OpenSSL's words; undefined if none came. Node has it in the
 * code, or, if it was writing at that moment, in the text of an EPROTO.
 */
function alertOf(code: string, text: string): string | undefined {
  const [, inCode] = /_ALERT_([A-Z_]+)$/.exec(code) ?? [];
  return inCode?.toLowerCase().replaceAll('_', ' ') ?? / alert ([a-z ]+):/.exec(text)?.[1];
}

function alertTrouble(alert: string): { why: string; hint: string } {
  if (!OF_OURS.test(alert))
    return { why: `it refuses our TLS: ${alert}`, hint: 'see what that engine’s log says of it' };
  const hint =
    'it takes those that the CA of its --tlscacert signed: put such a cert.pem with its key.pem into ' +
    'DOCKER_CERT_PATH, or into the context (`docker context update`)';
  if (alert === 'certificate required')
    return { why: 'it asks for a client certificate, and none was shown (cert.pem, key.pem)', hint };
  const why = alert === 'unknown ca' ? 'a CA that it does not know signed it' : alert;
  return { why: `it refuses our client certificate (cert.pem): ${why}`, hint };
}

/** Codes of Node and libuv to a sentence and what to do; the rest keeps Node's own text. */
function socketTrouble(code: string, text: string): { why: string; hint: string } {
  const alert = alertOf(code, text);
  if (alert !== undefined) return alertTrouble(alert);
  switch (code) {
    case 'ENOENT':
      return { why: 'there is no such socket', hint: UNREACHABLE_HINT };
    case 'EACCES':
    case 'EPERM':
      return {
        why: errnoText({ code }),
        hint: 'run as a user of the group that owns the socket (often `docker`), or with sudo',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { why: errnoText({ code }), hint: 'check the name in --host, DOCKER_HOST or the context' };
    case 'ECONNREFUSED':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { why: errnoText({ code }), hint: UNREACHABLE_HINT };
    case 'ECONNRESET':
    case 'EPIPE':
      return { why: errnoText({ code }), hint: 'see whether docker restarted there, then try again' };
    case 'EPROTO':
      return { why: 'it does not speak TLS', hint: 'unset DOCKER_TLS_VERIFY, or name the TLS port (usually 2376)' };
    case 'ESSH':
      return {
        why: text,
        hint:
          'try `ssh` to that host by hand: it must work without a password prompt, and docker 18.09 or newer must ' +
          'be there',
      };
    case 'ESSH_ENDED':
      return { why: text, hint: 'see what ended it (a restart of that host, or of its sshd), then try again' };
    default:
      return /CERT|ISSUER|SIGNATURE|TLS|SSL/.test(code)
        ? {
            why: `its TLS certificate or ours is refused: ${text}`,
            hint: 'check the certificates of the context, or in DOCKER_CERT_PATH',
          }
        : { why: text, hint: UNREACHABLE_HINT };
  }
}

/** TLS alert, or handshake, of any version (RFC 8446, 5.1). */
const TLS_RECORD = /^(15|16)03/;

/** What answers is no HTTP server: Node's parser gives the bytes that it could not read. */
function strangerAnswers(error: unknown): { why: string; hint: string } {
  const bytes = (error as { rawPacket?: unknown }).rawPacket;
  const seen = Buffer.isBuffer(bytes) ? bytes.subarray(0, 1000) : Buffer.alloc(0);
  if (TLS_RECORD.test(seen.toString('hex')))
    return {
      why: 'what answers there speaks TLS',
      hint: 'set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use a context that holds its certificates',
    };
  return {
    why: `what answers there speaks no HTTP; it begins with ${firstWords(seen)}`,
    hint: ANOTHER_PORT,
  };
}

/**
 * A socket's error as `engine-unreachable`, with the place and who named it. The cause is left out: it may hold the
 * request.
 */
export function socketError(what: string, address: EngineAddress, error: unknown): BundleError {
  if (error instanceof BundleError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const { why, hint } = code.startsWith('HPE_') ? strangerAnswers(error) : socketTrouble(code, messageOf(error));
  return new BundleError('engine-unreachable', `cannot ${what}: no engine answers at ${at(address)}: ${why}`, {
    hints: [hint],
    details: { code },
  });
}

/**
 * An error of the first question with the place and who named it: what answers may be no engine at all, and its words
 * alone would name nobody. Every engine knows the path that is asked.
 */
export function firstAnswerError(error: unknown, address: EngineAddress): unknown {
  if (!(error instanceof BundleError) || error.message.includes(at(address))) return error;
  const { code, exit, message, details } = error;
  const hints = code === 'engine-not-found' ? [ANOTHER_PORT] : error.hints;
  return new BundleError(code, `${message}; asked was ${at(address)}`, { exit, hints, details });
}

/**
 * `engine-not-found` for a request about an object without a name: the engine would clean its path and redirect.
 * @param what what was being done
 */
export function namelessError(what: string): BundleError {
  return new BundleError('engine-not-found', `cannot ${what}: no name or id is known of it`);
}

/** `engine-error` for an answer that is not what the Engine API documents. */
export function strangeAnswer(what: string, why: string): BundleError {
  return new BundleError('engine-error', `cannot ${what}: the answer is not that of a Docker engine: ${why}`, {
    hints: ['check that the address is a Docker engine and not something else'],
  });
}
