/** What a registry's refusal means, read from the words in which the engine hands it on. */
import { BundleError, messageOf } from '../errors.ts';
import { isMarkup, wordsOfPage } from './markup.ts';

/**
 * absent: the registry has no such image. denied: it does not give it to this log-in, or to nobody logged in. Both are
 * definite: every node's engine asks with the same log-in. unreachable: no registry answered. unclear: something
 * answered, and it settles nothing, as the no of a mirror after which nodes ask another registry.
 */
export type RefusalKind = 'absent' | 'denied' | 'unreachable' | 'unclear';

export interface Refusal {
  kind: RefusalKind;
  /** The registry's words, on one line, said once. */
  words: string;
}

/** Key of the details of an error of `imageInRegistry`: it may be a mirror's word, and its registry was not asked. */
export const MIRRORED = 'mirrored';

/** Behind a mirror's no. */
const OF_MIRROR =
  'a registry mirror of the engine may have said so: before Docker Engine 25 it does not ask Docker Hub after it, as it ' +
  'does when it pulls';

/**
 * The first row that matches decides. Texts of Engine 20.10.24 and 28.5.2 were read from `/distribution/NAME/json` with
 * a registry that gave each answer; both put the registry's error code in words before its message
 * (docker/distribution, registry/api/errcode; registry/api/v2/errors.go). The rest are texts of Docker Hub, GHCR, ECR,
 * Harbor and Quay as users report them.
 */
const TABLE: readonly (readonly [RefusalKind, RegExp])[] = [
  ['unclear', /^error parsing HTTP \d+ response body/i],
  ['absent', /^(manifest unknown|name unknown|manifest for .+ not found)\b/i],
  [
    'unreachable',
    /^(dial|lookup|proxyconnect|net\/http|context deadline exceeded|x509|tls|remote error|EOF|unexpected EOF|http: server gave HTTP response)\b/i,
  ],
  // What a proxy says to CONNECT stands alone, with a capital letter.
  ['unreachable', /^(Forbidden|Bad Gateway|Service Unavailable|Gateway Timeout|Proxy Authentication Required)$/],
  [
    'unreachable',
    /\b(dial (tcp|udp)|i\/o timeout|no such host|connection (refused|reset)|Client\.Timeout exceeded|TLS handshake timeout|failed to verify certificate)\b/,
  ],
  ['unclear', /^toomanyrequests\b|\b(pull )?rate limit\b|^received unexpected HTTP status/i],
  [
    'denied',
    /^(denied|unauthorized)\b|pull access denied|access to the resource is denied|^authentication required$|no basic auth credentials|insufficient_scope|incorrect username or password/i,
  ],
  [
    'absent',
    /\b(manifest|name) unknown\b|^unknown: .*\b(artifact|project|repository|tag)\b.* not found|\brepository\b.* (does not exist|not found)/i,
  ],
];

/**
 * The error of `imageInRegistry`, or the words of a task that could not pull, as one of four kinds. Takes anything that
 * was thrown.
 */
export function refusalOf(error: unknown): Refusal {
  const details =
    error instanceof BundleError ? (error.details as { engine?: unknown; [MIRRORED]?: true } | undefined) : undefined;
  const said = typeof details?.engine === 'string' ? details.engine : messageOf(error);
  // A page is no registry's: a proxy or a web server answered. 28 puts "denied:" or "unknown:" before it.
  if (isMarkup(said)) return { kind: 'unclear', words: `a web page, not a registry's answer: ${wordsOfPage(said)}` };
  const words = plainWords(said);
  if (error instanceof BundleError && error.code === 'engine-unreachable') return { kind: 'unreachable', words };
  const kind = kindOf(words);
  return details?.[MIRRORED] === true && (kind === 'absent' || kind === 'denied')
    ? { kind: 'unclear', words: `${words}; ${OF_MIRROR}` }
    : { kind, words };
}

function kindOf(words: string): RefusalKind {
  // Go names the request first; what comes after it is the answer, or why there was none.
  const answer = words.replace(/^(Get|Head|Post) "[^"]*": /, '');
  return TABLE.find(([, pattern]) => pattern.test(answer))?.[0] ?? 'unclear';
}

/** One line; Hub's "errors:" heading goes, and some registries say everything twice. */
function plainWords(text: string): string {
  const lines = text
    .replace(/^errors:\s*\n/, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines
    .join('; ')
    .replace(/^.* in its registry: /, '')
    .replace(/^(.+): \1$/, '$1');
}
