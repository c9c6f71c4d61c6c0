import type { QuorumRefusal } from './quorum.ts';

/**
 * What the running software goes on using, since it keeps where that is for itself: a deployment that takes it away, or
 * names another, moves nothing and tells nobody. `why` follows a colon; `hint` is what to do first, and follows
 * `put it back; or`.
 */
export interface StillUsed extends QuorumRefusal {
  at: MountedAt | NamedBy | ServedBy;
}

/** The directory in the container at which services mount it. */
export interface MountedAt {
  mount: string;
}

/** The variables of a service that name it. */
export interface NamedBy {
  service: string;
  variables: readonly string[];
  /** For sentences: `the manager’s database`. */
  what: string;
}

/** Services that these answers do not call for, if they are in the swarm. */
export interface ServedBy {
  isOne: (service: string) => boolean;
  /** For sentences, such as the product’s own name. */
  what: string;
}
