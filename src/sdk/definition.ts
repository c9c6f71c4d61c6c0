import type * as z from 'zod';
import type { CommentedDocument } from '../compose/types.ts';
import type { Access } from './access.ts';
import type { SecretKind } from './kind.ts';
import type { ServiceExpectation } from './expectation.ts';
import type { External, OwnPlace } from './external.ts';
import type { Identity } from './identity.ts';
import type { JoinedStack } from './joined.ts';
import type { Decision, Question } from './question.ts';
import type { Ensemble } from './quorum.ts';
import type { StillUsed } from './still-used.ts';
import type { ToldSecret } from './told-secret.ts';

export type * from './access.ts';
export type * from './expectation.ts';
export type * from './external.ts';
export type * from './finding.ts';
export type * from './identity.ts';
export type * from './joined.ts';
export type * from './program.ts';
export type * from './question.ts';
export type * from './quorum.ts';
export type * from './still-used.ts';
export type * from './told-secret.ts';

/** What a stack of the catalogue is: everything `src/` knows of it. A definition never calls the engine and is pure. */
export interface StackDefinition<Answers extends object = Record<string, unknown>> {
  /** The word in `stack:` of bundle.yaml. */
  readonly name: string;
  readonly title: string;
  /**
   * Schema of bundle.yaml beside the keys of every stack (version, stack, name, verify, hosts), none of which may be in
   * it: a strict object; defaults and descriptions are in it.
   */
  readonly answers: z.ZodType<Answers, unknown>;
  /** The wizard's questions, in order. */
  readonly questions: readonly Question[];
  /** What the wizard asks first, in order, after the name; nothing if it is left out. */
  readonly decisions?: readonly Decision[];
  /** What nobody should find out later, such as that there is no password: one sentence, said before all else. */
  readonly caution?: string;
  /** What the bundle needs and shows, for given answers. `name` is the stack's name on the swarm. */
  plan(name: string, answers: Answers): StackPlan;
}

/** A line of the catalogue: the definition of a stack is loaded when a bundle names it. */
export interface StackEntry {
  /** `name` of the definition. */
  readonly name: string;
  load(): Promise<StackDefinition>;
}

/** All that follows from the answers, without the swarm and without secret versions. */
export interface StackPlan {
  secrets: SecretNeed[];
  placements: Placement[];
  /**
   * Services that are updated one member at a time, group after group. Where groups stop together, they do in the
   * reverse order: each once those after it have ended.
   */
  ensembles: Ensemble[];
  /**
   * In which order an update restarts services: group after group, one service at a time. Members of an ensemble are in
   * none.
   */
  rolling: RollingGroup[];
  /** The same groups in the order of a rollback, which the software may want to be another one. */
  rollingBack: RollingGroup[];
  /**
   * File names of secrets that all who mount them must have in the same version: when one changes, they restart
   * together. Those that these answers do not call for are named too: a secret that is taken away changes as well.
   */
  together: string[];
  /** Services whose data no older program takes back. */
  oneWay?: readonly OneWay[];
  /**
   * Properties of services on which they must agree, as `plan` names them (`environment HOST`): those of which one
   * changes restart together.
   */
  agreed?: readonly string[];
  /** Secrets of which the running software must be told when they change. */
  told?: readonly ToldSecret[];
  /**
   * Images whose own start (ENTRYPOINT and CMD) the document repeats, because something else runs before it: `init`
   * reads it from the image.
   */
  wrappedImages: string[];
  /**
   * The stack document; `secretName` gives the swarm's versioned name of a part of a secret, `startOf` the words that a
   * wrapped image runs by itself, `identity` the value of one of `identities`.
   */
  document(
    secretName: (secret: string, part: string) => string,
    startOf: (image: string) => string[],
    identity?: (name: string) => string,
  ): CommentedDocument;
  expectations: ServiceExpectation[];
  /** What nodes must offer. */
  hosts: HostNeed[];
  /**
   * By service, the TCP ports that its container listens on for the other services: if no overlay network joins the
   * hosts, they must be published.
   */
  listens: Record<string, readonly ListenPorts[]>;
  /** Servers outside the swarm that must be reachable from the tasks. */
  externals: External[];
  /** Other stacks of the same swarm whose networks services join; none if it is left out. */
  joins?: readonly JoinedStack[];
  /** Where the stack keeps data outside the swarm that no other stack may take for its own. */
  ownPlaces?: readonly OwnPlace[];
  /** Directories of the hosts that several services write to on purpose, such as one of a network file system. */
  sharedDirectories?: readonly string[];
  /**
   * What the software goes on using whatever these answers say. Of volumes and directories that a service mounts the
   * check speaks by itself; here is what else there is, and what to do first.
   */
  stillUsed?: readonly StillUsed[];
  /**
   * What the definition assumes without proof, and risks of these answers; `check` reports them as notices and
   * warnings.
   */
  notices: Notice[];
  /** Makes the sections of the bundle's README.md after the common ones; most commands need none. */
  runbook: () => RunbookSection[];
  /** How what runs is reached; nothing can be said of it if it is left out. */
  access?: Access;
  identities?: readonly Identity[];
  /** Values that stack.yml takes from the environment: variable name to the secret part that supplies it. */
  environment: Record<string, { secret: string; part: string }>;
  /**
   * Secret parts that become environment variables of a program, by variable, whether stack.yml or a wrapper puts them
   * there: Linux holds a variable to 128 KiB.
   */
  variables?: Record<string, { secret: string; part: string }>;
  /**
   * Of a stack with `environment`: the answer that asks for it, and the one that does without, as bundle.yaml has them.
   */
  environmentAnswer?: { given: string; instead: string };
}

export interface SecretNeed {
  /** Key in bundle.lock.json, for example `ca`. */
  secret: string;
  kind: SecretKind<object>;
  /** Options for `kind.generate`. */
  options: Record<string, unknown>;
  /**
   * Part of the kind to the file's name in `secrets/` and, with stack and version, the swarm's name:
   * `prod_ca.crt.v1`.
   */
  files: Record<string, string>;
  /** Part of the kind to the key below `secretFiles` by which `init` takes it from a file. */
  inputs: Record<string, string>;
  /** False: `init` generates it when no file is given. True: the user must give it. */
  mustBeGiven: boolean;
  /** One line: what it is for. */
  purpose: string;
  /**
   * The account or the server that it goes with, if the answers name one: that of another is another secret by the same
   * name.
   */
  belongsTo?: string;
  /**
   * Keys of the document's volumes whose data takes this value when it is first made, and from then on refuses any
   * other.
   */
  keptIn?: readonly string[];
  /** What must be changed outside this bundle when its content becomes another; nothing if it is left out. */
  elsewhere?: string;
  /** Of a certificate or trust store that a CA of this bundle issues; `options` are then its LeafOptions. */
  issued?: {
    /** `secret` of the CA. */
    by: string;
    /** With fewer days left than this it is due; LEAF_RENEWAL_DAYS, unless it is an answer. */
    renewalDays: number;
  };
}

export interface Placement {
  /** Label key is `bundle.<stack>.<role>`. */
  role: string;
  /** Node host names (or ids) that get the label. */
  nodes: string[];
  /** Services constrained to it. */
  services: string[];
  /** What comes of it if they start without their data, and what is done before, to follow a hint. */
  withoutData?: string;
}

/**
 * Services of one task each that do the same work, so that the others carry on while one restarts. The next one goes
 * down only when the one before runs for its window and passes every check of it that can be asked. A group of one has
 * its place in the order.
 */
export interface RollingGroup {
  /** Key in `plan --json`. */
  name: string;
  /** For sentences: data agents. */
  title: string;
  services: string[];
}

/**
 * A service whose program takes its data over for good: an older one does not start on it any more. What goes back to
 * an earlier release leaves its image as it is, and a deployment with an older one is refused.
 */
export interface OneWay {
  service: string;
  /**
   * The series of an image's program, by the image's reference; undefined if that does not tell. A program of a series
   * that comes before another does not start on data of that one. Numbers that only one of two has are not compared.
   */
  seriesOf: (image: string) => readonly number[] | undefined;
  /** Why an older one does not start, for a sentence after a colon. */
  why: string;
  /** What to do in place of it, for a hint. */
  instead: string;
}

/** What every node that carries a task of these services must offer, beyond what swarm itself looks at. */
export interface HostNeed {
  services: string[];
  /** Least values by name. A container cannot set them: they are of the host's kernel, not of a namespace. */
  sysctls: Record<string, number>;
  /**
   * Bytes that the volumes of one task may grow to: free disk where Docker keeps volumes, before the task first runs
   * there.
   */
  volumeBytes: number;
}

/** A port, or a range of ports: `from` to `to`. */
export interface ListenPorts {
  from: number;
  to?: number;
  /** Who talks there: `coordinator`. */
  what: string;
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
  /** It is about the first start, and stands before all others. */
  firstStart?: boolean;
  markdown: string;
}
