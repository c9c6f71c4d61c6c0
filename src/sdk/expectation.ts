import type { ProgramExpectation, ProgramVerdict } from './program.ts';

/* What must be seen of a stack's running tasks. */

/** What must be seen of every current task of a service. */
export interface ServiceExpectation {
  service: string;
  logs: LogExpectation[];
  /** Seconds after a task's start within which the lines must appear. */
  withinSeconds: number;
  /**
   * Seconds after a task's start within which its ports and programs must show what they must; `withinSeconds` if
   * absent.
   */
  servesWithinSeconds?: number;
  /** Failures of a task before this many seconds are not yet a crash loop: it may be waiting for its store. */
  startGraceSeconds: number;
  /**
   * Services of the stack without which a task of this one may end: once they have run for a while, the grace is over.
   * Empty: it needs none. Absent: not known, or one is not of this stack; then only the grace counts.
   */
  needs?: string[];
  /** Keys of secrets that no task of this service may mount. */
  forbiddenSecrets: SecretPart[];
  /** What the ports of each of its tasks must show when they are really asked. */
  endpoints: EndpointExpectation[];
  /** Checks of the definition's own kind; none if it is left out. */
  programs?: readonly ProgramExpectation[];
}

/** A part of a secret: of `ca` the `certificate`. */
export interface SecretPart {
  secret: string;
  part: string;
}

/** One port of a service's tasks. Its `name` is the check's: column title, and word for --only and --skip. */
export type EndpointExpectation =
  | TlsEndpoint
  | SecuredEndpoint
  | AuthenticationEndpoint
  | HttpEndpoint
  | TcpEndpoint
  | ExchangeEndpoint
  | RegistrationEndpoint;

interface Endpoint {
  name: string;
  /**
   * In the container. If it is published, it is asked from the operator's machine at the node; else from inside the
   * stack's network.
   */
  port: number;
  /** What to look at, or to do, if it does not pass; the machine knows no more than its name. */
  remedy?: string;
}

/**
 * A TLS server of 1.2 or newer and no older version, in date, that does not answer plain HTTP on the same port. It is
 * asked without a client certificate: one that refuses that is judged by the certificate that it shows before, and told
 * as such. Inside the stack's network that takes `openssl` in the probe image, if the server speaks no TLS 1.3; without
 * it is not told. Checks of kind `http`, `authentication` and `registration` cannot be told of such a server.
 */
export interface TlsEndpoint extends Endpoint {
  kind: 'tls';
  /** Names that clients dial: its certificate must name each of them. */
  names: string[];
  /**
   * Services whose tasks have the name they dial in an environment variable: what they dial in fact must be named as
   * well.
   */
  dialledBy?: { services: string[]; variable: string };
  /** The certificate that its own must chain to. */
  authority: SecretPart;
  /**
   * `told`: that it takes TLS 1.1 or older too is told, and no fault. For software of which nobody knows whether it can
   * refuse them.
   */
  olderTls?: 'told';
  /** Whose rules decide whether clients accept it; the stricter OpenSSL if absent. */
  clients?: readonly TlsClients[];
}

/** Verifiers of certificates: OpenSSL (curl, Node, Python, C libraries …), or the PKIX of Java. */
export type TlsClients = 'openssl' | 'pkix';

/**
 * A port that speaks TLS, and no plain HTTP, once it is open. Whose certificate it shows is not looked at: one that is
 * the bundle's is for a check of kind `tls`.
 */
export interface SecuredEndpoint extends Endpoint {
  kind: 'secured';
  /** Why it is rightly closed before, and what opens it. */
  closedUntil: string;
}

/** A server that lets the token in, and neither a wrong one nor none. */
export interface AuthenticationEndpoint extends Endpoint {
  kind: 'authentication';
  tls: boolean;
  /** Changes nothing on the server. */
  request: { method: 'GET' | 'POST'; path: string; body?: string };
  /** Of HTTP Basic; the password is the token. */
  user: string;
  token: SecretPart;
}

export interface HttpEndpoint extends Endpoint {
  kind: 'http';
  tls: boolean;
  path: string;
  /** Any of these. */
  status: number[];
}

/** It takes connections and, if a greeting is given, says that it is the server it should be. */
export interface TcpEndpoint extends Endpoint {
  kind: 'tcp';
  greeting?: Greeting;
}

/** What a server of another protocol than HTTP shows of itself to whoever connects. */
export interface Greeting {
  /** Sent first; empty if the server speaks first. Printable ASCII: the question changes nothing. */
  send: string;
  /** Any of these texts (printable ASCII) in what comes back. */
  contains: string[];
}

/**
 * A server of any protocol of bytes, through TLS. It is asked without a client certificate; whether its own certificate
 * is right is for a check of kind `tls`. A server that answers without TLS passes neither way.
 */
export interface ExchangeEndpoint extends Endpoint {
  kind: 'exchange';
  /** Sent as SNI. */
  serverName: string;
  /** Bytes as hex, sent first: a question that changes nothing on the server. */
  send: string;
  /** How the answer begins, as hex; `..` is any byte. */
  answer: string;
  /** What that answer means, if it is more than the mere answer: `refuses a wrong password`. */
  means?: string;
  /** `refusal`: a client without certificate gets a TLS alert that says so, and no answer. */
  expected: 'answer' | 'refusal';
}

/**
 * That another server has the service's task in its register. That server is asked, at `port`, from inside the stack's
 * network.
 */
export interface RegistrationEndpoint extends Endpoint {
  kind: 'registration';
  register: Register | { unknown: string };
}

/** How a server is asked whom it knows; `unknown` in its place says why nobody can ask. */
export interface Register {
  /** The service that keeps it, of one task. */
  service: string;
  /** What its certificate must be; undefined if it speaks plain HTTP. */
  tls: Pick<TlsEndpoint, 'names' | 'authority'> | undefined;
  request: AuthenticationEndpoint['request'];
  /** Of HTTP Basic; undefined if everyone may ask. */
  login: Pick<AuthenticationEndpoint, 'user' | 'token'> | undefined;
  /**
   * The answer is JSON without white space; of an entry's object, the key of its name, its name, and the key of its
   * state, which comes later.
   */
  entry: { nameKey: string; name: string; stateKey: string; good: string; bad: string[] };
  /** A good entry of a task that is gone may still be there for so long. */
  staleSeconds: number;
}

export interface LogExpectation {
  /** Column title, for example TLS. */
  name: string;
  /**
   * Matched anywhere in a line of either stream, as a plain substring; with a line break at its end, at the end of a
   * line alone.
   */
  contains: string;
  /** What the first such line must say, if it is not enough that it is there. */
  says?: LineDemand;
  /**
   * What proves as much as the line does, or more: where the log may have lost the line since, that counts in its
   * place. A log that is whole, and does not have it, still fails. For a line of the start of what writes much.
   */
  provenBy?: LineProof;
  /** As of an endpoint. */
  remedy?: string;
}

/** Another check of the same verification, which passed. */
export interface LineProof {
  /** Of the same task, by its name, `running` too; or `quorum`, of the ensemble that the service is a member of. */
  check: string;
  /** Why that is proof: `who serves clients has bound its port`. */
  why: string;
}

export interface LineDemand {
  /** For `verify --list`: `which names its own users alone`. */
  seen: string;
  /** Pure; a line of a form that it does not know is unsure. */
  judge: (line: string) => ProgramVerdict;
}
