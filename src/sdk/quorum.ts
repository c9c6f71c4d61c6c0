import type { Program } from './program.ts';

/* Quorum groups: services that keep one state between them, and the rules of the software that keeps it. */

/** Services of one task each that keep one state between them. They are updated one member at a time. */
export interface Ensemble {
  name: string;
  /** For sentences, such as the product’s own name. */
  title: string;
  /** The members' services, in order. */
  services: string[];
  /** Whether a service of this name that the document no longer has was a member. */
  isMember: (service: string) => boolean;
  /**
   * How it is told whether a member's volume holds what the group agreed on. Members that start empty are refused where
   * they could agree without those that have it; nothing is looked at if this is left out.
   */
  data?: MemberData;
  policy: QuorumPolicy;
  probe: EnsembleProbe;
}

/** Where each member has what the group agreed on. */
export interface MemberData {
  /** A directory in a volume of each member. */
  directory: string;
  /**
   * Patterns of a shell for names in it: a member has data once one of these files is not empty. What the software
   * writes before it knows anything of the others' should not match, since what is new is refused then as well.
   */
  files: readonly string[];
  /** What to do first if some members of a new group have kept theirs, and others have not. */
  hint: string;
  copies?: MemberCopies;
}

/**
 * Services outside a group that keep a copy of what it agreed on, in a directory and files of the same names, beside
 * data of their own that is of use with it alone.
 */
export interface MemberCopies {
  services: readonly string[];
  /** What becomes of that data if the group starts empty: none of its members has any. */
  withoutGroup: QuorumRefusal;
  /** What becomes of it if the group has data, and all of these services start empty. */
  withoutCopies: QuorumRefusal;
}

/**
 * The rules of the software: all that is known without asking anybody. What only a group that runs can tell (who may go
 * down now, who leads, what a member holds) is in an EnsembleReading. Pure.
 */
export interface QuorumPolicy {
  /** Which members may be down together: whether the group does its work with these of its members and no other. */
  worksWith: (up: readonly string[], members: readonly string[]) => boolean;
  /** Who is updated last, for sentences: `the leader`. Readings say which member that is. */
  last?: string;
  /** What must hold between two members, for sentences: `the ensemble is whole again`. */
  whole: string;
  /** How new members join those that exist; both lists have an entry at least. */
  grow: (existing: readonly string[], created: readonly string[]) => Growth;
  /**
   * Why a deployment must not take these members away; undefined if it may, and then each of them is asked what it
   * holds.
   */
  shrink: (leaving: readonly string[], staying: readonly string[]) => QuorumRefusal | undefined;
  /** What never changes of a member that exists. */
  fixed: readonly FixedProperty[];
  patience: {
    /** For a group that does not do its work to take it up again: an election. */
    workSeconds: number;
    /** For what stands against the next stop to go away by itself: a member that still catches up. */
    recoverSeconds: number;
    /** From the youngest member's start to a group that is whole. */
    wholeSeconds: number;
  };
}

/** In which order a group grows. The existing members whose specification changes restart before or after. */
export interface Growth {
  first: 'create' | 'restart';
  /** The new members; those of one wave are created in one call. */
  waves: string[][];
}

/** Why something is not done. */
export interface QuorumRefusal {
  /** A half sentence: `votes and data would be lost with them`. */
  why: string;
  hint: string;
}

/** A property of a service as `plan` names it: `environment VOTERS`; `node` is where it runs. */
export interface FixedProperty extends QuorumRefusal {
  field: string;
  /** For sentences: `the list of controllers`. */
  what: string;
}

/**
 * How an ensemble is asked how it is: by a program in the image of a member that runs, since of no other image it is
 * sure that the nodes have it, or can get it. It prints lines that `read` understands.
 */
export interface EnsembleProbe extends Program {
  /** Added to the command if a verification asks: what no restart depends on is asked only then. */
  thoroughly?: readonly string[];
  /** What the lines say. Pure; lines that it does not know are no error. */
  read: (lines: readonly string[]) => EnsembleReading;
}

/** How a group is, by its own answer: what it said, judged by the rules of its software. */
export interface EnsembleReading {
  /**
   * One entry for each member; also for one that leaves, as far as the others know of it, and for what is wrong with
   * the whole and keeps no member from its restart.
   */
  members: Record<string, MemberReading>;
  /** The group does its work. If it does not, nothing is known of what a member that leaves holds. */
  quorum: boolean;
  /** The whole in a few words, likewise. */
  text: string;
}

export interface MemberReading {
  /** It serves, and has what the others have: the group is whole if this is true of each. */
  ok: boolean;
  /** What it said, in a few words of the definition's own: no line of a container is quoted. */
  text: string;
  /** If it is not ok: only since it could not be asked, so that it may be well. */
  unsure?: true;
  /** If it is not ok: waiting mends nothing of it, and changes nothing of its text. */
  lasting?: true;
  /** Update it last: the leader, whose restart costs an election. */
  last?: boolean;
  /** What its stop would break now; absent: it may go down. */
  breaks?: Breakage;
  /** What it has and the others would lose if it were taken away for good: `12 partitions`. */
  holds?: string;
}

export interface Breakage {
  /** Follows “without it”: `there would be no quorum`. */
  what: string;
  /** It does not go away by itself: waiting does not make the member free to go. */
  lasting: boolean;
  /** Of what lasts: another part of it may go away by itself, so that less is broken after a wait. */
  passing?: true;
  /** All that it would break off is a start that may be under way: of no use for a member that ends again and again. */
  start?: true;
}
