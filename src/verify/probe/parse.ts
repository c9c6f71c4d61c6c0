import { MARK } from './script.ts';

/** How one request ended. */
export interface InsideAnswer {
  /** curl's exit code (curl: docs/cmdline-opts/_EXITCODES.md); 0: it was answered. */
  exit: number;
  /**
   * HTTP status; of a greeting, which of its texts came, from 1 on; of an exchange, which of CAME. 0 if there was none.
   */
  status: number;
}

/** What the job found out for one question, or about one authority. */
export interface Facts {
  answers: Partial<Record<(typeof WORDS)[number], InsideAnswer>>;
  /** PEM, as presented. */
  certificates: string[];
  protocol?: string;
  /** No token could be read, or not be handed on without showing it. */
  mute: boolean;
  /** It completed a handshake of TLS 1.1 or older. */
  older: boolean;
  /** All of the question was asked: what is not said is not so. */
  done: boolean;
  /**
   * Whether it refused a client without certificate in the handshake: `shown` has its certificate, and proved to have
   * the key; `unsigned` did not. `untold`: the handshake failed, and why cannot be told.
   */
  refusal?: 'shown' | 'unsigned' | 'untold';
  /** Index of an entry to index of its state. */
  known: Map<number, number>;
}

export interface Findings {
  /** Why none of it counts. */
  trouble: string | undefined;
  /** By the question's or the authority's id. */
  facts: Map<string, Facts>;
}

const WORDS = [
  'tls',
  'plain',
  'redirect',
  'status',
  'tcp',
  'greeting',
  'exchange',
  'none',
  'wrong',
  'right',
  'register',
] as const;
/** The first with `%{certs}`. */
const OLDEST = [7, 88];

/** Reads what the job printed. Unknown lines are ignored. */
export function parseFindings(lines: readonly string[]): Findings {
  const facts = new Map<string, Facts>();
  let client: string | undefined;
  for (const line of lines) {
    const [mark, id, ...words] = line.split(' ');
    if (mark !== MARK || id === undefined) continue;
    if (id === 'client') client ??= words[0];
    else note(factsOf(facts, id), words);
  }
  return { trouble: clientTrouble(client), facts };
}

function clientTrouble(client: string | undefined): string | undefined {
  if (client === undefined) return 'the probe printed nothing that is known';
  const [major = NaN, minor = NaN] = client.split('.').map(Number);
  if (Number.isNaN(major) || Number.isNaN(minor)) return 'the probe image has no curl that runs';
  const [oldest = 0, least = 0] = OLDEST;
  return major > oldest || (major === oldest && minor >= least)
    ? undefined
    : `the probe image’s curl is ${client}; ${OLDEST.join('.')} or newer is needed`;
}

function factsOf(facts: Map<string, Facts>, id: string): Facts {
  const found = facts.get(id) ?? {
    answers: {},
    certificates: [],
    mute: false,
    older: false,
    done: false,
    known: new Map<number, number>(),
  };
  facts.set(id, found);
  return found;
}

const REFUSAL_WORDS = ['shown', 'unsigned', 'untold'] as const;

function note(facts: Facts, [word = '', ...values]: string[]): void {
  const answer = WORDS.find((one) => one === word);
  if (answer !== undefined) facts.answers[answer] = { exit: whole(values[0]), status: whole(values[1]) };
  else if (word === 'protocol') facts.protocol = values[0] ?? '';
  else if (word === 'mute') facts.mute = true;
  else if (word === 'older') facts.older = true;
  else if (word === 'done') facts.done = true;
  else if (word === 'refusal') facts.refusal = REFUSAL_WORDS.find((one) => one === values[0]) ?? 'untold';
  else if (word === 'known') noteKnown(facts.known, values[0] ?? '');
  else if (word === 'pem') notePem(facts.certificates, values[0] ?? '');
}

function noteKnown(known: Facts['known'], pair: string): void {
  const [, entry, state] = /^(\d+):(\d+)$/.exec(pair) ?? [];
  if (entry !== undefined) known.set(Number(entry), Number(state));
}

const BEGIN = '-----BEGIN CERTIFICATE-----\n';
const END = '-----END CERTIFICATE-----\n';

function notePem(certificates: string[], line: string): void {
  if (line === 'begin') certificates.push(BEGIN);
  else if (certificates.length > 0) certificates[certificates.length - 1] += line === 'end' ? END : `${line}\n`;
}

function whole(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 0;
}
