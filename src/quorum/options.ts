import type { Ensemble, RollingGroup } from '../sdk/definition.ts';
import type { StackDocument } from '../compose/types.ts';
import type { ConvergeOptions } from '../converge/options.ts';
import type { Engine } from '../engine/port.ts';
import type { Plan } from '../plan/changes.ts';
import type { SoleOwners } from '../swarm/former-tasks.ts';
import type { CheckResult } from '../verify/result.ts';
import type { Account } from './account.ts';

export type Gate = (
  services: readonly string[],
  options: {
    timeoutMs: number;
    /** They get the time that their tasks may take to start, and progress is printed. */
    patient: boolean;
    /** Services that this deployment is still to update. */
    pending: readonly string[];
  },
) => Promise<readonly CheckResult[]>;

export interface WavesOptions {
  engine: Engine;
  /** The whole stack document. */
  document: StackDocument;
  plan: Plan;
  ensembles: readonly Ensemble[];
  /**
   * In the order in which they are updated; which of their services restart one after the other, the plan's restarts
   * say.
   */
  rolling: readonly RollingGroup[];
  /** Looks at all checks of these services; what cannot be asked is no failure. */
  gate: Gate;
  /** Names of checks whose findings do not count. */
  ignore: readonly string[];
  /** Values for `${NAME:?}` in the document. */
  environment: Record<string, string>;
  /**
   * Stack, clock, signal, redactor and so on; its time-out is for each service that is waited for, `only` and `before`
   * are set here.
   */
  converge: ConvergeOptions;
  /** How long a task that was told to stop is waited for; absent: as long as its stop grace allows. */
  stopMs?: number | undefined;
  /** A deployment that failed a moment ago began what is starting, and it goes: no start is waited for. */
  takesBack?: boolean | undefined;
  /** What is begun, one line each. */
  onStep: (text: string) => void;
  /** Each line of the docker CLI. */
  onLine: (line: string) => void;
}

/** What it takes to make way for services. */
export type WayOptions = Pick<
  WavesOptions,
  'engine' | 'plan' | 'document' | 'ensembles' | 'environment' | 'converge' | 'stopMs' | 'onStep' | 'onLine'
> & {
  account: Account;
  /** Which service of the document has what no other has. */
  owners: SoleOwners;
};
