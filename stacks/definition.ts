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
  /** The stack document; `secretName` gives the swarm's versioned name of a part of a secret. */
  document(secretName: (secret: string, part: string) => string): CommentedDocument;
  expectations: ServiceExpectation[];
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

/** What must be seen of every current task of a service. */
export interface ServiceExpectation {
  service: string;
  logs: LogExpectation[];
  /** Seconds after a task's start within which the lines must appear. */
  withinSeconds: number;
  /** Failures of a task before this many seconds are not yet a crash loop: it may be waiting for its store. */
  startGraceSeconds: number;
  /** Keys of secrets that no task of this service may mount. */
  forbiddenSecrets: { secret: string; part: string }[];
}

export interface LogExpectation {
  /** Column title, for example TLS. */
  name: string;
  /** Matched anywhere in a line of either stream, as a plain substring. */
  contains: string;
}

export interface External {
  what: string;
  kind: 'mysql' | 'postgresql' | 'zookeeper' | 'tcp';
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
  /** Of `file`: the kind and part that the file holds; checked as soon as all parts of the kind are there. */
  secret?: { kind: SecretKind<never>; part: string };
  /** Answers that go without saying once this one is given: a licence file means that the licence is taken from a file. */
  implies?: Record<string, unknown>;
}
