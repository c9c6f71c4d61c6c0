import type { SwarmNode, SwarmService, SwarmTask } from '../engine/port.ts';
import type { DeploymentStart } from '../swarm/former-tasks.ts';
import type { Memory } from '../swarm/memory.ts';
import type { Grace } from './grace.ts';
import type { LifeSigns } from './life-signs.ts';
import type { Verdict } from './outcome.ts';
import type { Registry } from './registry.ts';
import type { Stability } from './stability.ts';
import type { SwarmView } from './unplaceable.ts';

/** What is read only if it is needed, at most once a round. */
export interface MoreOfSwarm {
  /** The whole swarm. */
  swarm(): Promise<SwarmView>;
  /** The stack's tasks that still stop, of whatever version. */
  stopping(): Promise<SwarmTask[]>;
}

/** One round's view of one service. */
export interface ServiceView extends Grace, MoreOfSwarm {
  service: SwarmService;
  /** All of the stack. */
  services: readonly SwarmService[];
  /** Its tasks of the newest version, ended ones too. */
  tasks: readonly SwarmTask[];
  nodes: readonly SwarmNode[];
  memory: Memory;
  registry: Registry;
  signs: LifeSigns;
  now: number;
  /** How its tasks stayed up since it was deployed. */
  stability: Stability;
  /** By the managers' clock. */
  managersNow: number;
  /** Nobody wrote to the service since this deployment began. */
  untouched: boolean;
  /** As in `ConvergeOptions`. */
  start: DeploymentStart | undefined;
}

/** What is said of it. */
export interface Judgement {
  verdict: Verdict;
  /** Of the newest version some task is there, and each has run for its window, though tasks may be missing. */
  steady: boolean;
  running: number;
  wanted: number;
}
