import type { SecretKind } from './kind.ts';

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
  /**
   * Of `file`: it holds a secret of one line, which a person at a terminal may type, hidden, instead of naming a file.
   * This is how it is asked for then: `Type the token`.
   */
  oneLine?: string;
  /**
   * Of `file`: the kind and part that the file holds; checked as soon as all parts of the kind are there. `need` tells
   * secrets of one kind apart, where a stack asks for several: the `secret` of its SecretNeed.
   */
  secret?: { kind: SecretKind<never>; part: string; need?: string };
  /**
   * Answers that go without saying once this one is given: a licence file means that the licence is taken from a file.
   */
  implies?: Record<string, unknown>;
}
