import type {
  Ensemble,
  EndpointExpectation,
  LogExpectation,
  ProgramExpectation,
  TlsEndpoint,
} from '../sdk/definition.ts';
import type { Clock } from '../swarm/clock.ts';
import type { DeploymentStart } from '../swarm/former-tasks.ts';
import type { Reading } from '../swarm/snapshot.ts';
import type { Redactor } from '../ui/redact.ts';
import type { Waited } from '../ui/wait-lines.ts';
import type { InsideProber, Keys } from './endpoints/types.ts';
import type { CheckResult } from './result.ts';
import type { ProgramAsker } from './tasks/program.ts';
import type { ExpectedMount } from './tasks/secrets.ts';

/** What must be seen of a service. */
export interface Expected {
  /** Short name. */
  service: string;
  /** How many tasks there must be: somebody may have scaled the service. */
  replicas: number;
  /** Its tasks complete, in place of running. */
  job?: boolean;
  logs: readonly LogExpectation[];
  endpoints: readonly EndpointExpectation[];
  programs?: readonly ProgramExpectation[];
  /**
   * What the certificates of its ports must be, also of those that are not looked at: without, no token is sent to
   * them.
   */
  certificates: readonly TlsEndpoint[];
  withinSeconds: number;
  /** As in `ServiceExpectation`. */
  servesWithinSeconds?: number;
  /** These two as in `ServiceExpectation`. */
  startGraceSeconds: number;
  needs: readonly string[] | undefined;
  /**
   * What else is looked at: `absent` is that a task is missing, or does not run; `stable` that its tasks do not end
   * again and again.
   */
  looks: { running: boolean; secrets: boolean; absent: boolean; stable: boolean };
  /** Of `tasks` and `stable`, which are told of only if they fail, those asked for by name: they pass, too. */
  named?: readonly string[];
}

export interface StackVerifyOptions {
  stack: string;
  expectations: readonly Expected[];
  ensembles: readonly Ensemble[];
  /** Secrets that tasks of a service must mount, exactly; a service without an entry is not looked at for this. */
  secrets: Readonly<Record<string, readonly ExpectedMount[]>>;
  /** The swarm's names of secrets that no task of a service may mount, in whatever version. */
  forbidden: Readonly<Record<string, readonly string[]>>;
  keys: Keys;
  /** Asks ports that are not published; if it is absent they are not asked. */
  inside?: InsideProber | undefined;
  /** Runs programs of the tasks' images; if it is absent they are not run. */
  program?: ProgramAsker | undefined;
  timeoutMs: number;
  /**
   * A port that nobody serves when the time is up has failed, though its task may still be starting: for who asks
   * whether it is well now.
   */
  strict?: boolean | undefined;
  clock: Clock;
  signal?: AbortSignal | undefined;
  redactor: Redactor;
  /**
   * It does not end before this resolves: the tasks are read once more then, and what did not pass is asked again. For
   * a verification that begins while somebody still watches that the tasks stay up.
   */
  notBefore?: Promise<void> | undefined;
  /**
   * For who asks within a deployment: that a former task which was left behind before still stops is told, and no
   * failure of it.
   */
  start?: DeploymentStart | undefined;
  /** What the first look is at, if it was read a moment ago; the verdict is on what is read later. */
  reading?: Reading | undefined;
  /** What is said in place of the swarm's words, if there is none. */
  words?: { absent: (service: string) => string; logs: (taskId: string) => string } | undefined;
  /**
   * Called with each result as soon as it is known; its task may still be replaced, then its successor's results
   * follow.
   */
  onResult?: ((result: CheckResult) => void) | undefined;
  /** Called in every round that does not end the wait, with what is not known yet. */
  onWaiting?: ((open: OpenChecks[], waited: Waited) => void) | undefined;
}

/** What is waited for of one service. */
export interface OpenChecks {
  service: string;
  /** Names of checks; what the service is doing if a task of it is still to come. */
  checks: string[];
}
