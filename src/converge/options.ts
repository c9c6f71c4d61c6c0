import type { ServiceExpectation } from '../sdk/definition.ts';
import type { SwarmService } from '../engine/port.ts';
import type { DeploymentStart } from '../swarm/former-tasks.ts';
import type { Redactor } from '../ui/redact.ts';
import type { LifeSigns } from './life-signs.ts';
import type { Clock } from '../swarm/clock.ts';
import type { Waited } from '../ui/wait-lines.ts';

export interface ServiceProgress {
  /** Short name, without the stack's. */
  name: string;
  running: number;
  wanted: number;
  /** What it is doing, in a few words. */
  phase: string;
  state: 'waiting' | 'converged' | 'failed';
}

/** The part of a `ServiceExpectation` that is about its start. */
export type StartExpectation = Pick<ServiceExpectation, 'service' | 'startGraceSeconds' | 'needs'>;

export interface ConvergeOptions {
  stack: string;
  /**
   * Start grace and needs by short service name; services without an entry have no grace. Every named service must
   * exist.
   */
  expectations: readonly StartExpectation[];
  timeoutMs: number;
  clock: Clock;
  signal?: AbortSignal | undefined;
  redactor: Redactor;
  /** Called when something changed. */
  onProgress?: ((services: ServiceProgress[]) => void) | undefined;
  /** Called in every round that does not end the wait. */
  onWaiting?: ((services: ServiceProgress[], waited: Waited) => void) | undefined;
  /** Called with a failure that healed by itself or was fixed: no reason to fail, but worth knowing. */
  onWarning?: ((text: string) => void) | undefined;
  /** Stay open after the wait, for who gives them to look at once more. */
  signs?: LifeSigns | undefined;
  /** Short names to wait for; all services of the stack when absent. */
  only?: readonly string[] | undefined;
  /**
   * The stack's services as they were before the deployment: tells a rollback of long ago from one of now, and services
   * that were left alone.
   */
  before?: readonly SwarmService[] | undefined;
  /** Former tasks that were left behind before are told, and not waited for; without, all are. */
  start?: DeploymentStart | undefined;
}
