import { createHash, X509Certificate } from 'node:crypto';
import type { Moment } from '../../swarm/clock.ts';
import type { Register, SecuredEndpoint, TlsEndpoint } from '../../sdk/definition.ts';
import { WANTS_CERTIFICATE } from '../endpoints/connect.ts';
import { judgeSecured, withOlderTls } from '../endpoints/judge-tls.ts';
import { judgeAuthentication } from '../endpoints/judge-authentication.ts';
import { judgeCertificate } from '../endpoints/judge-certificate.ts';
import { CAME, judgeExchange } from '../endpoints/exchange.ts';
import { judgeGreeting } from '../endpoints/greeting.ts';
import { inPlain, judgeStatus, REDIRECTS, withPlain, type InPlain } from '../endpoints/judge-http.ts';
import type { EndpointOutcome, EndpointSubject, KnownAuthority } from '../endpoints/types.ts';
import type { CheckOutcome } from '../result.ts';
import type { InsideAnswer, Facts } from './parse.ts';
import { NO_PROGRAM } from './script.ts';

export interface JudgeOptions {
  /** Of the endpoint's certificate. */
  authority: KnownAuthority | undefined;
  now: Moment;
  /** False if the swarm has no word from the task's node: then silence says nothing. */
  reachable: boolean;
  /**
   * Of a registration: which of the entries asked for is the subject's, and whether an entry may still be that of a
   * task before it.
   */
  entry: number;
  stale: boolean;
}

/** What the job found out about one subject. */
export function judgeFacts(
  { endpoint, tls }: EndpointSubject,
  facts: Facts | undefined,
  options: JudgeOptions,
): EndpointOutcome {
  if (facts === undefined) return { status: 'unsure', detail: 'the probe ended before it was asked' };
  if (!facts.done) return { status: 'unsure', detail: 'the probe ended before it had asked all' };
  if (facts.mute)
    return { status: 'unsure', detail: 'the probe could not read the token, or its shell cannot hand it on unseen' };
  const at = `port ${endpoint.port} inside the stack’s network`;
  switch (endpoint.kind) {
    case 'tls':
      return judgeTls(facts, { endpoint, at }, options);
    case 'secured':
      return judgeGuarded(facts, { endpoint, at }, options);
    case 'http':
      return ofAnswer(facts.answers.status, at, options, (status) => ({
        ...judgeStatus(status, endpoint.status),
        starting: status >= 500,
      }));
    case 'tcp': {
      const { greeting } = endpoint;
      if (greeting === undefined)
        return ofAnswer(facts.answers.tcp, at, options, () => ({
          status: 'passed',
          detail: `${at} takes connections`,
        }));
      return ofAnswer(facts.answers.greeting, at, options, (said) => {
        const { status, detail } = judgeGreeting(greeting, greeting.contains[said - 1]);
        return { status, detail: `${at} ${detail}`, starting: said === 0 };
      });
    }
    case 'exchange':
      if (facts.answers.exchange?.exit === NO_PROGRAM)
        return { status: 'not-run', detail: `${at} is not asked: the probe image has no openssl, or no od` };
      return ofAnswer(facts.answers.exchange, at, options, (came) => {
        const answer = CAME[came] ?? 'nothing';
        const { status, detail } = judgeExchange(endpoint, answer);
        return { status, detail: `${at} ${detail}`, starting: answer === 'nothing' };
      });
    case 'authentication':
      return judgeTokens(facts, { at, names: tls?.names ?? [] }, options);
    case 'registration':
      if ('unknown' in endpoint.register) return { status: 'not-run', detail: endpoint.register.unknown };
      return judgeRegister(facts, endpoint.register, at, options);
  }
}

/** The authority, in full if the job showed it and it is the one that is known by its digest. */
export function completed(known: KnownAuthority | undefined, shown: string | undefined): KnownAuthority | undefined {
  if (shown === undefined || (known !== undefined && 'certificate' in known)) return known;
  const fits = known === undefined || digest(shown) === known.sha256.toLowerCase();
  return fits ? { certificate: Buffer.from(shown) } : known;
}

function digest(pem: string): string | undefined {
  try {
    return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
  } catch {
    return undefined;
  }
}

/* Exit codes of curl: docs/cmdline-opts/_EXITCODES.md. */
const NO_CONNECTION = 7;
const HANDSHAKE = 35;
const UNPROVED = [60, 51];
const WORDS: Readonly<Record<number, string>> = {
  1: 'the probe image’s curl does not speak this protocol',
  6: 'its name does not resolve',
  28: 'no answer in time',
  52: 'it closed the connection without an answer',
  56: 'it broke the connection off',
  77: 'the probe could not read the CA’s certificate',
};

/** A server of TLS 1.2 refuses in the handshake; without these the probe cannot look into one. */
const UNTOLD =
  'no TLS handshake: whether it refuses a client without certificate, or speaks no TLS of 1.2 or newer, the probe ' +
  'cannot tell without openssl and od in its image';
/** If the key of a session is not signed, a certificate can be shown by anybody. */
const UNSIGNED = `${WANTS_CERTIFICATE}, and before that nothing proves that its certificate is its own`;

function judgeTls(
  { answers, certificates, protocol, older, refusal }: Facts,
  { endpoint, at }: { endpoint: TlsEndpoint; at: string },
  options: JudgeOptions,
): EndpointOutcome {
  const { tls } = answers;
  if (certificates.length === 0 && tls?.exit !== HANDSHAKE) return silent(tls, at, options);
  const { names } = endpoint;
  if (certificates.length === 0) {
    const why = { untold: older ? undefined : UNTOLD, unsigned: UNSIGNED, shown: undefined }[refusal ?? 'shown'];
    const outcome: CheckOutcome =
      why === undefined
        ? { status: 'failed', detail: `${at}: no TLS handshake of 1.2 or newer` }
        : { status: 'unsure', detail: `${at}: ${why}` };
    return withPlain(outcome, plainOf(answers));
  }
  const outcome = judgeCertificate(
    { chain: certificates, protocol },
    { names, authority: options.authority, now: options.now },
  );
  const told = refusal === 'shown' ? { ...outcome, detail: `${outcome.detail}; ${WANTS_CERTIFICATE}` } : outcome;
  return withPlain(withOlderTls(told, older, endpoint), plainOf(answers));
}

function judgeGuarded(
  { answers, protocol }: Facts,
  { endpoint, at }: { endpoint: SecuredEndpoint; at: string },
  options: JudgeOptions,
): EndpointOutcome {
  const { tls } = answers;
  if (tls?.exit === NO_CONNECTION && options.reachable) return { status: 'not-run', detail: endpoint.closedUntil };
  if (tls?.exit !== 0 && tls?.exit !== HANDSHAKE) return silent(tls, at, options);
  const { status, detail } = judgeSecured(tls.exit === 0 ? (protocol ?? 'TLS') : undefined, plainOf(answers));
  return { status, detail: `${at}: ${detail}` };
}

/** What a port did with a plain request. */
function plainOf({ plain, redirect }: Facts['answers']): InPlain {
  if (redirect !== undefined && REDIRECTS.includes(redirect.status)) return 'redirected';
  return plain?.exit === 0 ? inPlain(Buffer.from(`HTTP/1.1 ${plain.status} `)) : 'refused';
}

function judgeTokens(
  { answers: { none, wrong, right } }: Facts,
  { at, names }: { at: string; names: string[] },
  options: JudgeOptions,
): EndpointOutcome {
  const unproved = [none, wrong, right].find((answer) => answer !== undefined && withheld(answer));
  if (unproved !== undefined)
    return {
      status: 'unsure',
      detail:
        `a token is not sent to a server that does not prove to be ${names[0] ?? 'the one'} under the bundle’s CA to ` +
        `the probe’s own client${refusal(unproved)}`,
    };
  for (const answer of [none, wrong, right]) if (answer?.exit !== 0) return silent(answer, at, options);
  return judgeAuthentication({ none: none?.status ?? 0, wrong: wrong?.status ?? 0, right: right?.status });
}

function judgeRegister(
  { answers: { register }, known }: Facts,
  { service, entry }: Register,
  at: string,
  options: JudgeOptions,
): CheckOutcome {
  if (register !== undefined && withheld(register))
    return {
      status: 'unsure',
      detail: `${service} is not asked: it does not prove its name under the bundle’s CA${refusal(register)}`,
    };
  if (register?.exit !== 0) return { status: 'unsure', detail: silent(register, `${service}, ${at}`, options).detail };
  if (register.status !== 200)
    return { status: 'unsure', detail: `${service} answers the question of who is registered with ${register.status}` };
  if (options.stale)
    return {
      status: 'unsure',
      detail: `the task is so young that what ${service} says of ${entry.name} may be of the one before`,
    };
  const state = known.get(options.entry);
  if (state === undefined) return { status: 'failed', detail: `${service} does not know ${entry.name}` };
  if (state > 0)
    return {
      status: 'failed',
      detail: `${service} says of ${entry.name}: ${entry.bad[state - 1] ?? 'a state that is not known'}`,
    };
  return { status: 'passed', detail: `${service} says of ${entry.name}: ${entry.good}` };
}

/** Why, as far as curl tells: a certificate is judged by the clock of the probe's node as well. */
const refusal = ({ exit }: InsideAnswer): string =>
  exit === HANDSHAKE
    ? ' (no TLS handshake)'
    : ` (curl ${exit}: its CA, its names, or its dates by the clock of the probe’s node)`;

/** Nothing was sent: the server's certificate was refused first, or there was none. */
const withheld = ({ exit }: InsideAnswer): boolean => exit === HANDSHAKE || UNPROVED.includes(exit);

function ofAnswer(
  answer: InsideAnswer | undefined,
  at: string,
  options: JudgeOptions,
  judge: (status: number) => EndpointOutcome,
): EndpointOutcome {
  return answer?.exit === 0 ? judge(answer.status) : silent(answer, at, options);
}

function silent(answer: InsideAnswer | undefined, at: string, { reachable }: JudgeOptions): EndpointOutcome {
  if (answer === undefined) return { status: 'unsure', detail: 'the probe ended before it was asked' };
  if (answer.exit === NO_CONNECTION && reachable)
    return { status: 'failed', detail: `${at}: nothing takes the connection`, starting: true };
  return {
    status: 'unsure',
    detail: `${at}: ${WORDS[answer.exit] ?? (answer.exit === NO_CONNECTION ? 'no connection, and the swarm has no word from its node' : `curl ended with ${answer.exit}`)}`,
  };
}
