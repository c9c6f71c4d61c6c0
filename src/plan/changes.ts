import type { UpdatePolicy } from '../compose/types.ts';
import type { FieldChange } from './diff.ts';
import type { LabelChange, UnresolvedNode } from './labels.ts';
import type { NetworkChange } from './networks.ts';
import type { VolumeChange } from './volumes.ts';

/* What a plan consists of. */

export interface ServiceChange {
  /** Key in the document; for a service that is not in it, its name without the stack's prefix. */
  name: string;
  action: 'create' | 'update' | 'remove' | 'unchanged';
  reason: string;
  /** The live service; absent if it is to be created. */
  id?: string;
  /** As written in the document, or by whoever deployed the service. */
  image: string;
  /** Only of an update. */
  changes: FieldChange[];
  /** The update replaces tasks, or may move them. */
  restarts: boolean;
  /** Properties that could not be compared, for example `environment DB_PASSWORD`. */
  notCompared: string[];
  /** It replaces no task: it runs again. */
  job?: boolean;
}

export interface SecretVersionChange {
  /** The swarm's. */
  name: string;
  /** `remove`: an old version that no kept release needs any more; `left`: one that others mount, which stays. */
  action: 'create' | 'remove' | 'left' | 'unchanged';
  /** Of one that is left: services that are not of this stack. */
  mountedBy?: string[];
}

/** A version of a secret that the running software must be told of. */
export interface ToldChange {
  /** File name in `secrets/`. */
  file: string;
  /** The swarm's name of the new version. */
  secret: string;
  /** The swarm's names of the versions that what runs may go by until then. */
  before: string[];
  /** What it is: `the password of the user root`. */
  what: string;
  /** What runs is told once every task runs, and not before anything restarts. */
  later?: true;
  /** What runs begins to go by it: what people do then themselves. */
  besides?: string;
}

/** Plain values only: it is printed as JSON. */
export interface Plan {
  stack: string;
  /** Deploying would do nothing: what stays as it is although it differs (networks, volumes) does not count. */
  empty: boolean;
  /** In the document's order, then those to remove. */
  services: ServiceChange[];
  /** Updates that replace tasks, in the order in which they are done. */
  restarts: Restart[];
  /** Services whose restart interrupts what only they do. */
  outage: string[];
  networks: NetworkChange[];
  volumes: VolumeChange[];
  secrets: SecretVersionChange[];
  /** Secrets of which what runs is told; absent if there are none. */
  told?: ToldChange[];
  labels: LabelChange[];
  /** Nodes that the bundle names and the swarm does not know, or knows twice. */
  unresolvedNodes: UnresolvedNode[];
}

/** What of a plan is done to the stack, or to what it runs by. */
export type StackChanges = Pick<Plan, 'services' | 'networks' | 'secrets' | 'told' | 'labels' | 'unresolvedNodes'>;

/** Whether carrying a plan out deploys nothing: removing secrets that nothing needs is no deployment. */
export function leavesStack({
  services,
  networks,
  secrets,
  told = [],
  labels,
  unresolvedNodes,
}: StackChanges): boolean {
  return (
    services.every(({ action }) => action === 'unchanged') &&
    ![...networks, ...secrets].some(({ action }) => action === 'create') &&
    told.length + labels.length + unresolvedNodes.length === 0
  );
}

export interface ServiceRestart {
  name: string;
  /** Tasks that the document wants. */
  tasks: number;
  /** Tasks of it replaced at the same time; 0 means all. */
  parallelism: number;
  order: UpdatePolicy['order'];
  /** Between two groups of tasks, as in the document. */
  delay?: string;
  failureAction: UpdatePolicy['failureAction'];
  /** Only tasks on nodes that no longer fit are replaced. */
  onlyMisplaced: boolean;
  /** It replaces no task: it runs again. */
  job?: boolean;
}

/** One stage of an update; the next begins when it has converged. */
export interface Restart {
  how: 'one-by-one' | 'at-once';
  /** The ensemble's name, if it is one. */
  ensemble?: string;
  /** The rolling group's name, if it is one. */
  group?: string;
  title?: string;
  /**
   * What must hold of one service before the next one goes down: the ensemble is whole, the service runs, or its own
   * checks pass too.
   */
  gate?: 'quorum' | 'running' | 'checks';
  /** Of an ensemble: when the next member follows, and who comes last, in words. */
  between?: string;
  /** Files of secrets for whose sake some of these services restart together. */
  shared?: string[];
  /** Properties on which services must agree, for whose sake some of these restart together. */
  agreed?: string[];
  /** Files of certificates that have expired, for which some of these services restart together. */
  expired?: string[];
  services: ServiceRestart[];
}
