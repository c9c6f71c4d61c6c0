import type { SecretKind } from './kind.ts';

/** A node as the wizard shows and picks it. */
export interface KnownNode {
  hostname: string;
  role: 'manager' | 'worker';
  availability: string;
  state: string;
  cpus: number;
  memoryBytes: number;
  /** How it is shown, if `hostname` is an id because two nodes bear the same host name. */
  shown?: string;
  /** Tasks that are meant to run there now, of all stacks; undefined if that is not known. */
  tasks?: number;
}

export interface QuestionContext {
  /** Answers so far, by path, defaults not applied. */
  get(path: string): unknown;
  /**
   * The nodes that defaults choose from: those of the swarm, or those of them that the person named; undefined if no
   * swarm manager is reachable and nobody named any.
   */
  nodes: KnownNode[] | undefined;
}

export interface Question {
  /** Path in bundle.yaml (`manager.port`), or below `secretFiles` for a file that `init` reads once. */
  path: string;
  ask: 'text' | 'number' | 'confirm' | 'select' | 'nodes' | 'file' | 'image';
  message: string;
  /** One line: what it means and what the default means. */
  help: string;
  /** What the default is, as a sentence, if there is not always one: it follows `help` where there is. */
  byDefault?: string;
  choices?: { value: string; name: string; description?: string }[];
  /** Not asked, and not needed, if this is false. */
  when?(context: QuestionContext): boolean;
  /** Undefined: there is none, the user must answer. */
  default?(context: QuestionContext): unknown;
  /**
   * The default follows from other answers, and is what the stack takes without an answer: it is shown and not written,
   * so that it goes on following them.
   */
  derived?: boolean;
  /**
   * Of `image`: references that may be it, from the answers so far and from the images that the engine holds, the one
   * that was made last first; the first that a registry gives, or that the engine holds, is suggested to a person in
   * place of the default.
   */
  candidates?(context: QuestionContext, held: readonly string[]): readonly string[];
  /**
   * Of `image`: references that go with the answers so far. It is not asked if one of them is there: the first such is
   * taken, and told; at the summary it can be changed.
   */
  goesWith?(context: QuestionContext): readonly string[];
  /** Refuses a value at once, with the reason; the schema is checked as well. */
  validate?(value: unknown, context: QuestionContext): string | undefined;
  /** An empty answer is fine, unless other answers call for one. */
  optional?: boolean;
  /** What these answers mean that a person may not expect; shown with the summary. */
  remark?(context: QuestionContext): string | undefined;
  /** Of `nodes`: exactly one is picked. */
  single?: boolean;
  /**
   * Of `file`: it holds a secret of one line, which a person at a terminal may type, hidden, instead of naming a file.
   * This is how it is asked for then: `Type the token`.
   */
  oneLine?: string;
  /**
   * Of `file`: the kind and part that the file holds; checked as soon as all parts of the kind are there. `need` tells
   * secrets of one kind apart, if a stack asks for several: the `secret` of its SecretNeed.
   */
  secret?: { kind: SecretKind<never>; part: string; need?: string };
  /**
   * Answers that go without saying once this one is given: a licence file means that the licence is taken from a file.
   */
  implies?: Record<string, unknown>;
}

/**
 * What the wizard asks first: the few answers that decide what a cluster is. All other questions are shown with their
 * defaults afterwards. The path of one of the definition's questions, or one of the two below.
 */
export type Decision = string | NodesDecision | ChoiceDecision;

/**
 * Which nodes may carry the cluster, or `init --nodes`. No answer of bundle.yaml: the defaults of `nodes` questions
 * choose from them.
 */
export interface NodesDecision {
  ask: 'nodes';
  message: string;
  help: string;
}

/** One choice that answers several questions. Not asked if one of them was answered before, by a flag or a file. */
export interface ChoiceDecision {
  ask: 'choice';
  message: string;
  help: string;
  /** The first that applies is the default; it says what the questions' own defaults say. */
  choices: readonly DecisionChoice[];
}

export interface DecisionChoice {
  name: string;
  description?: string;
  when?(context: QuestionContext): boolean;
  /** Answers by path. */
  answers: Readonly<Record<string, unknown>>;
  /** Paths of questions that are asked next, as far as they apply. */
  asks?: readonly string[];
}
