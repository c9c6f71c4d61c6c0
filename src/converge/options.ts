import type { SwarmService } from '../engine/port.ts';
import type { Redactor } from '../ui/redact.ts';
import type { Clock } from './clock.ts';

export interface ServiceProgress {
  /** Short name, without the stack's. */
  name: string;
  running: number;
  wanted: number;
  /** What it is doing, in a few words. */
  phase: string;
  state: 'waiting' | 'converged' | 'failed';
}

export interface ConvergeOptions {
  stack: string;
  /** Start grace by short service name; services without an entry have none. Every named service must exist. */
  expectations: readonly { service: string; startGraceSeconds: number }[];
  timeoutMs: number;
  clock: Clock;
  signal?: AbortSignal | undefined;
  redactor: Redactor;
  /** Called when something changed. */
  onProgress?: ((services: ServiceProgress[]) => void) | undefined;
  /** Short names to wait for; all services of the stack when absent. */
  only?: readonly string[] | undefined;
  /** The stack's services as they were before the deployment: tells a rollback of long ago from one of now. */
  before?: readonly SwarmService[] | undefined;
}
