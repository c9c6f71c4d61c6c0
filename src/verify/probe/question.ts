import type { Greeting } from '../../sdk/definition.ts';

/** What the job in the stack's network is to find out about one port, in its own terms. */
export interface ProbeQuestion {
  /** Letters and digits: it is in each line of the answer. */
  id: string;
  /** Of the task on a network that the job shares. */
  address: string;
  port: number;
  ask: Tls | Secured | Http | Tcp | Exchange | Authentication | Registration;
}

interface Tls {
  kind: 'tls';
  /** Sent as SNI. */
  name: string;
}

/** A port that may be closed: it is not waited for. */
interface Secured {
  kind: 'secured';
}

interface Http {
  kind: 'http';
  tls: boolean;
  path: string;
  /** Those that are good. */
  status: readonly number[];
}

interface Tcp {
  kind: 'tcp';
  greeting?: Greeting | undefined;
}

interface Exchange {
  kind: 'exchange';
  /** Sent as SNI. */
  name: string;
  /** Bytes as hex. */
  send: string;
  /** Bytes as hex, `..` for any. */
  answer: string;
}

/** How a server is asked that wants a token. */
export interface ProbeRequest {
  /**
   * Without it the request, and the token, go in clear. With it they go to a server that proves this name under this
   * authority, and to no other.
   */
  trust: Trust | undefined;
  method: 'GET' | 'POST';
  path: string;
  body?: string | undefined;
  /** Undefined: nobody is asked to log in. */
  login: ProbeLogin | undefined;
}

export interface Trust {
  name: string;
  /** File in the job; alone in its directory. */
  authorityFile: string;
}

export interface ProbeLogin {
  user: string;
  /** File in the job; its first line is the password. */
  tokenFile: string;
}

interface Authentication {
  kind: 'authentication';
  request: ProbeRequest & { login: ProbeLogin };
}

interface Registration {
  kind: 'registration';
  request: ProbeRequest;
  /** Texts by which the answer (compact JSON) names the entries. */
  entries: readonly string[];
  /** What begins every entry's name, also that of others. */
  anyEntry: string;
  /**
   * Texts for an entry's state, after its name and in the same object; the first is the good one, which is waited for.
   */
  states: readonly string[];
  /** Asked only after so long: before, an entry may be that of a task that is gone. */
  settleSeconds: number;
}
