import type * as z from 'zod';
import type { CommentedDocument } from '../src/compose/types.ts';
import type { SecretKind } from '../secrets/kind.ts';

/** What a stack of the catalogue is: everything `src/` knows of it. A definition never calls the engine and is pure. */
export interface StackDefinition<Answers extends object = Record<string, unknown>> {
  /** The word in `stack:` of bundle.yaml. */
  readonly name: string;
  readonly title: string;
  /** Schema of bundle.yaml below the common keys (version, stack, name): a strict object; defaults and descriptions are in it. */
  readonly answers: z.ZodType<Answers, unknown>;
  /** The wizard's questions, in order. */
  readonly questions: readonly Question[];
  /** What the bundle needs and shows, for given answers. `name` is the stack's name on the swarm. */
  plan(name: string, answers: Answers): StackPlan;
}

/** All that follows from the answers, without the swarm and without secret versions. */
export interface StackPlan {
  secrets: SecretNeed[];
  placements: Placement[];
  /** Services that are updated one member at a time. */
  ensembles: Ensemble[];
  /** Images whose own start (ENTRYPOINT and CMD) the document repeats, because something else runs before it: `init` reads it from the image. */
  wrappedImages: string[];
  /** The stack document; `secretName` gives the swarm's versioned name of a part of a secret, `startOf` the words that a wrapped image runs by itself. */
  document(secretName: (secret: string, part: string) => string, startOf: (image: string) => string[]): CommentedDocument;
  expectations: ServiceExpectation[];
  /** What nodes must offer. */
  hosts: HostNeed[];
  /** By service, the TCP ports that its container listens on for the other services: where no overlay network joins the hosts, they must be published. */
  listens: Record<string, readonly ListenPorts[]>;
  /** Servers outside the swarm that must be reachable from the tasks. */
  externals: External[];
  /** What the definition assumes without proof, and risks of these answers; `check` reports them as notices and warnings. */
  notices: Notice[];
  /** Sections of the bundle's README.md after the common ones. */
  runbook: RunbookSection[];
  /** Values that stack.yml takes from the environment: variable name to the secret part that supplies it. */
  environment: Record<string, { secret: string; part: string }>;
}

export interface SecretNeed {
  /** Key in bundle.lock.json, for example `ca`. */
  secret: string;
  kind: SecretKind<never>;
  /** Options for `kind.generate`. */
  options: Record<string, unknown>;
  /** Part of the kind to the file's name in `secrets/` and, with stack and version, the swarm's name: `prod_imply-ca.crt.v1`. */
  files: Record<string, string>;
  /** Part of the kind to the key below `secretFiles` by which `init` takes it from a file. */
  inputs: Record<string, string>;
  /** False: `init` generates it when no file is given. True: the user must give it. */
  mustBeGiven: boolean;
  /** One line: what it is for. */
  purpose: string;
}

export interface Placement {
  /** Label key is `bundle.<stack>.<role>`. */
  role: string;
  /** Node host names (or ids) that get the label. */
  nodes: string[];
  /** Services constrained to it. */
  services: string[];
}

/** Services of one task each that keep one state between them as long as more than half of them run together. */
export interface Ensemble {
  name: string;
  /** For sentences: ZooKeeper. */
  title: string;
  /** The members' services, in order. */
  services: string[];
  /** Whether a service of this name that the document no longer has was a member: a deployment never shrinks an ensemble. */
  isMember: (service: string) => boolean;
  probe: EnsembleProbe;
}

/** How an ensemble is asked how it is: a command that runs once, inside the stack's network. */
export interface EnsembleProbe {
  /** Key in the document of the network on which the members are reached. */
  network: string;
  /**
   * Takes the place of the image's own entrypoint, in the image of a member that runs: of no other is it sure that the nodes have it, or can get it.
   * It prints lines that `read` understands.
   */
  command: string[];
  /** From the creation of its task to its last line. */
  timeoutSeconds: number;
  /** What the lines say. Pure; lines that it does not know are no error. */
  read: (lines: readonly string[]) => EnsembleReading;
}

export interface EnsembleReading {
  /** One entry for each member. */
  members: Record<string, MemberReading>;
  /** More than half of the members work together. */
  quorum: boolean;
  /** The whole in a few words, likewise. */
  text: string;
}

export interface MemberReading {
  /** It serves, and has what the others have. */
  ok: boolean;
  /** What it said, in a few words of the definition's own: no line of a container is quoted. */
  text: string;
  /** Update it last: the leader, whose restart costs an election. */
  last?: boolean;
}

/** What every node that carries a task of these services must offer, beyond what swarm itself looks at. */
export interface HostNeed {
  services: string[];
  /** Least values by name. A container cannot set them: they are of the host's kernel, not of a namespace. */
  sysctls: Record<string, number>;
  /** Bytes that the volumes of one task may grow to: free disk where Docker keeps volumes, before the task first runs there. */
  volumeBytes: number;
}

/** What must be seen of every current task of a service. */
export interface ServiceExpectation {
  service: string;
  logs: LogExpectation[];
  /** Seconds after a task's start within which the lines must appear. */
  withinSeconds: number;
  /** Failures of a task before this many seconds are not yet a crash loop: it may be waiting for its store. */
  startGraceSeconds: number;
  /** Keys of secrets that no task of this service may mount. */
  forbiddenSecrets: SecretPart[];
  /** What the ports of each of its tasks must show when they are really asked. */
  endpoints: EndpointExpectation[];
}

/** A part of a secret: of `ca` the `certificate`. */
export interface SecretPart {
  secret: string;
  part: string;
}

/** One port of a service's tasks. Its `name` is the check's: column title, and word for --only and --skip. */
export type EndpointExpectation = TlsEndpoint | AuthenticationEndpoint | HttpEndpoint | TcpEndpoint | RegistrationEndpoint;

interface Endpoint {
  name: string;
  /** In the container. Where it is published, it is asked from the operator's machine at the node; else from inside the stack's network. */
  port: number;
}

/** A TLS server of protocol 1.2 or newer, in date, that does not answer plain HTTP on the same port. */
export interface TlsEndpoint extends Endpoint {
  kind: 'tls';
  /** Names that clients dial: its certificate must name each of them. */
  names: string[];
  /** Services whose tasks have the name they dial in an environment variable: what they dial in fact must be named as well. */
  dialledBy?: { services: string[]; variable: string };
  /** The certificate that its own must chain to. */
  authority: SecretPart;
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

/** It takes connections, and where a greeting is given says that it is the server it should be. */
export interface TcpEndpoint extends Endpoint {
  kind: 'tcp';
  greeting?: Greeting;
}

/** What a server of another protocol than HTTP shows of itself to whoever connects. */
export interface Greeting {
  /** Sent first; empty where the server speaks first. Printable ASCII: the question changes nothing. */
  send: string;
  /** Any of these texts (printable ASCII) in what comes back. */
  contains: string[];
}

/** That another server has the service's task in its register. That server is asked, at `port`, from inside the stack's network. */
export interface RegistrationEndpoint extends Endpoint {
  kind: 'registration';
  register: Register | { unknown: string };
}

/** How a server is asked whom it knows; `unknown` in its place says why nobody can ask. */
export interface Register {
  /** The service that keeps it, of one task. */
  service: string;
  /** What its certificate must be; undefined where it speaks plain HTTP. */
  tls: Pick<TlsEndpoint, 'names' | 'authority'> | undefined;
  request: AuthenticationEndpoint['request'];
  /** Of HTTP Basic; undefined where everyone may ask. */
  login: Pick<AuthenticationEndpoint, 'user' | 'token'> | undefined;
  /** The answer is JSON without white space; of an entry's object, the key of its name, its name, and the key of its state, which comes later. */
  entry: { nameKey: string; name: string; stateKey: string; good: string; bad: string[] };
  /** A good entry of a task that is gone may still be there for so long. */
  staleSeconds: number;
}

export interface LogExpectation {
  /** Column title, for example TLS. */
  name: string;
  /** Matched anywhere in a line of either stream, as a plain substring. */
  contains: string;
}

/** A port, or a range of ports: `from` to `to`. */
export interface ListenPorts {
  from: number;
  to?: number;
  /** Who talks there: `coordinator`. */
  what: string;
}

/** Servers outside the swarm that the stack's tasks use. */
export type External = ExternalDatabase | ExternalZookeeper | ExternalServer;

interface Outside {
  /** For sentences: store. */
  what: string;
  /** Whose tasks connect to it, for sentences: `the manager and every agent`. */
  clients: string;
}

/** A database server that the stack logs in to. */
export interface ExternalDatabase extends Outside {
  kind: 'mysql' | 'postgresql';
  host: string;
  port: number;
  user: string;
  password: SecretPart;
  /** PEM certificates, one of which its own must chain to; undefined where the stack is told of none. */
  authority?: SecretPart;
  /** The one that the stack is told to use; it makes it itself where the user may. */
  database: string;
  /** Others that it makes later, by names that nobody knows yet: `one for each cluster`. */
  furtherDatabases: string;
  /** Oldest version that will do; undefined where none is named. */
  oldest?: string;
  /** Products of the same protocol that the software's vendor excludes, as they call themselves: MariaDB. */
  excluded: string[];
  /** Of the database, and of databases made without naming one. */
  characterSet: string;
}

/** The servers of one ZooKeeper ensemble. */
export interface ExternalZookeeper extends Outside {
  kind: 'zookeeper';
  servers: { host: string; port: number }[];
  /** First and last line of versions that are known to do: 3.5, 3.8. */
  versions: { first: string; last: string };
}

/** A server that takes connections. */
export interface ExternalServer extends Outside {
  kind: 'tcp';
  host: string;
  port: number;
}

export interface Notice {
  /** Name for `check --ignore`. */
  name: string;
  level: 'info' | 'warning';
  text: string;
  hint?: string;
}

export interface RunbookSection {
  title: string;
  markdown: string;
}

/** A node as the wizard shows and picks it. */
export interface KnownNode {
  hostname: string;
  role: 'manager' | 'worker';
  availability: string;
  state: string;
  cpus: number;
  memoryBytes: number;
  /** How it is shown, where `hostname` is an id because two nodes bear the same host name. */
  shown?: string;
}

export interface QuestionContext {
  /** Answers so far, by path, defaults not applied. */
  get(path: string): unknown;
  /** The live node list; undefined where no swarm manager is reachable. */
  nodes: KnownNode[] | undefined;
}

export interface Question {
  /** Path in bundle.yaml (`manager.port`), or below `secretFiles` for a file that `init` reads once. */
  path: string;
  ask: 'text' | 'number' | 'confirm' | 'select' | 'nodes' | 'file';
  message: string;
  /** One line: what it means and what the default means. */
  help: string;
  choices?: { value: string; name: string; description?: string }[];
  /** Not asked, and not needed, where this is false. */
  when?(context: QuestionContext): boolean;
  /** Undefined: there is none, the user must answer. */
  default?(context: QuestionContext): unknown;
  /** Refuses a value at once, with the reason; the schema is checked as well. */
  validate?(value: unknown, context: QuestionContext): string | undefined;
  /** An empty answer is fine (an optional file). */
  optional?: boolean;
  /** Of `nodes`: exactly one is picked. */
  single?: boolean;
  /** Of `file`: a secret of one line, which a person at a terminal may type, hidden, instead of naming a file. */
  oneLine?: boolean;
  /**
   * Of `file`: the kind and part that the file holds; checked as soon as all parts of the kind are there. `need` tells secrets of one kind apart, where a stack asks for
   * several: the `secret` of its SecretNeed.
   */
  secret?: { kind: SecretKind<never>; part: string; need?: string };
  /** Answers that go without saying once this one is given: a licence file means that the licence is taken from a file. */
  implies?: Record<string, unknown>;
}
