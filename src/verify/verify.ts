import { within } from '../converge/clock.ts';
import type { Clock } from '../converge/clock.ts';
import { Memory } from '../converge/memory.ts';
import { Snapshots } from '../converge/snapshot.ts';
import type { Engine } from '../engine/port.ts';
import { BundleError, EXIT } from '../errors.ts';
import type { Redactor } from '../ui/redact.ts';
import { Jobs } from './jobs.ts';
import { absences, look, nothingMoreComes } from './look.ts';
import type { CheckResult, Verification } from './result.ts';
import { verification } from './result.ts';
import type { ExpectedMount } from './secrets.ts';

export interface VerifyOptions {
  stack: string;
  /** What must be seen, by short service name, and how many tasks there must be: somebody may have scaled the service. */
  expectations: readonly { service: string; replicas: number; logs: readonly { name: string; contains: string }[]; withinSeconds: number }[];
  /** Secrets that tasks of a service must mount, exactly; a service without an entry is not looked at for this. */
  secrets: Readonly<Record<string, readonly ExpectedMount[]>>;
  /** The swarm's names of secrets that no task of a service may mount, in whatever version. */
  forbidden: Readonly<Record<string, readonly string[]>>;
  timeoutMs: number;
  clock: Clock;
  signal?: AbortSignal | undefined;
  redactor: Redactor;
  /** Called as soon as a task is done with; the task may still be replaced, then its successor's results follow. */
  onResult?: ((result: CheckResult) => void) | undefined;
}

const POLL_MS = 1_000;

/**
 * Looks at every current task of every service with expectations: its log lines and the secrets it mounts. A task that
 * is replaced meanwhile is looked at again in its successor; a line of an older task never counts.
 * Throws BundleError `interrupted` (exit 130) when the signal is aborted.
 */
export async function verifyStack(engine: Engine, options: VerifyOptions): Promise<Verification> {
  const { clock, signal, stack } = options;
  const endsAt = clock.now() + options.timeoutMs;
  const snapshots = new Snapshots(engine, stack, clock, signal);
  const jobs = new Jobs(engine, { ...options, endsAt });
  const memory = new Memory();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const snapshot = await snapshots.read(endsAt);
      const now = clock.now();
      const looks = options.expectations.map((expectation) => look(expectation, snapshot, options));
      jobs.follow(looks);
      // Every service is asked each round, so that its times run.
      const open = looks.filter((one) => !nothingMoreComes(one, memory, now) || !jobs.doneWith(one));
      if (open.length === 0 || now >= endsAt) {
        return verification(stack, looks.flatMap((one) => [...absences(one), ...one.running.flatMap((subject) => jobs.results(subject))]));
      }
      await within(jobs.nextDone(), Math.min(POLL_MS, endsAt - now), clock, signal);
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new BundleError('interrupted', `stopped verifying ${stack}; nothing was changed`, { exit: EXIT.interrupted });
  } finally {
    jobs.stop();
  }
}
