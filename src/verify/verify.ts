import { momentsOf, within } from '../swarm/clock.ts';
import { Memory } from '../swarm/memory.ts';
import type { Stability } from '../converge/stability.ts';
import type { Snapshot } from '../swarm/snapshot.ts';
import { Snapshots } from '../swarm/snapshot.ts';
import type { TaskEngine } from '../engine/port.ts';
import { BundleError, EXIT } from '../errors.ts';
import { limitConcurrency } from './at-once.ts';
import { stabilityOfExpected, stabilityResult } from './check-stability.ts';
import { quorumWork } from './check-ensemble.ts';
import { taskWork, wordsOf } from './tasks/check-task.ts';
import type { ProgramAsker } from './tasks/program.ts';
import { Batches } from './endpoints/batches.ts';
import { Jobs, type Work } from './jobs.ts';
import { provenLines } from './proven-lines.ts';
import { unheardNodes, type Doubt } from './unheard.ts';
import { TASKS, look, miscounts, nothingMoreComes, rightCount, type ServiceLook } from './tasks/look.ts';
import type { CheckResult, Verification } from './result.ts';
import { verification } from './result.ts';
import type { Expected, OpenChecks, StackVerifyOptions } from './options.ts';

const POLL_MS = 1_000;
/**
 * Something failed, every task runs and has written its lines, and for so long nothing more was seen: what is still
 * open follows from the failure, and would change nothing in the verdict.
 */
const HOPELESS_MS = 30_000;
/** Enough for all of a usual stack: of fewer, each round takes the swarm nearly as long as one of all. */
const LOGS_AT_ONCE = 40;
/** Jobs of the swarm, each on the node of its task. */
const PROGRAMS_AT_ONCE = 4;
/** An engine that hangs is not waited for. */
const CLEAR_UP_MS = 10_000;

/**
 * Looks at every current task of every service with expectations: its log lines, its ports and the secrets it mounts,
 * and at the ensembles. A task that is replaced meanwhile is looked at again in its successor; a line of an older task
 * never counts. Throws BundleError `interrupted` (exit 130) when the signal is aborted.
 */
export async function verifyStack(engine: TaskEngine, options: StackVerifyOptions): Promise<Verification> {
  const { clock, signal, stack } = options;
  const endsAt = clock.now() + options.timeoutMs;
  const snapshots = new Snapshots(engine, stack, clock, signal, options.reading);
  let newsAt = clock.now();
  const jobs = new Jobs((result) => {
    newsAt = clock.now();
    options.onResult?.(result);
  });
  const memory = new Memory();
  const stop = new AbortController();
  let early = options.notBefore !== undefined;
  const begun = Promise.resolve(options.notBefore).then(() => void (early = false));
  const worksOf = planner(engine, options, endsAt, stop.signal);
  try {
    for (;;) {
      signal?.throwIfAborted();
      // What is read from here on is what the verdict is on, unless this round is an early one.
      const tooEarly = early;
      const [snapshot, stopping] = await Promise.all([snapshots.read(endsAt), snapshots.stopping(endsAt)]);
      const now = clock.now();
      const looks = options.expectations.map((expectation) => look(expectation, snapshot, stopping, options));
      const doubt = unheardNodes(snapshot.nodes, memory, snapshot.askedAt);
      const works = worksOf(looks, snapshot, doubt);
      jobs.follow(works, tooEarly);
      if (!tooEarly) jobs.repeatEarly(works);
      const stabilities = options.expectations.map((expectation) => ({
        expectation,
        stability: stabilityOfExpected(expectation, snapshot, stack),
      }));
      const are = (is: Stability['is']): string[] =>
        stabilities.flatMap(({ expectation, stability }) => (stability?.is === is ? [expectation.service] : []));
      // An unstable service is not waited for: each of its tasks would have to be looked at anew.
      const [unstable, settling] = [are('unstable'), are('settling')];
      // Every service is asked each round, so that its times run.
      const coming = looks
        .filter((one) => !nothingMoreComes(one, memory, snapshot.askedAt))
        .filter(({ name }) => !unstable.includes(name));
      const done = works.every(
        (work) => jobs.doneWith(work) || work.open.some(({ service }) => unstable.includes(service)),
      );
      // Of a task that was replaced nothing counts any more.
      const failed = works.flatMap((work) => jobs.results(work)).find(({ status }) => status === 'failed');
      const open = works.flatMap((work) => (jobs.doneWith(work) ? [] : jobs.openOf(work)));
      const nodes = looks.flatMap(({ running }) => running.map(({ task }) => task.nodeId));
      const doubtful = [...works.map((work) => work.doubt), ...nodes.map(doubt)].some((why) => why !== undefined);
      const moving = coming.length > 0 || settling.length > 0 || doubtful;
      const starting = moving || open.some((result) => isLine(result, options.expectations));
      const hopeless = failed !== undefined && !starting && now >= newsAt + HOPELESS_MS;
      const complete = !moving && done;
      if ((!tooEarly && (complete || hopeless)) || now >= endsAt) {
        const why = hopeless && failed ? notAwaited(failed) : undefined;
        const miscounted = await Promise.all(
          looks.map(async (one, index) => {
            const { looks: of, named = [] } = options.expectations[index] ?? {};
            if (of?.absent !== true) return [];
            const faults = await miscounts(one, (subject) => wordsOf(engine, subject, options));
            return faults.length === 0 && named.includes(TASKS) ? [rightCount(one)] : faults;
          }),
        );
        const endings = await Promise.all(
          stabilities.map(({ expectation, stability }) =>
            stabilityResult(engine, expectation, stability, snapshot, options),
          ),
        );
        return verification(
          stack,
          inOrder(options, [
            ...miscounted.flat(),
            ...provenLines(
              works.flatMap((work) => jobs.results(work, why)),
              options,
            ),
            ...endings.flat(),
          ]),
        );
      }
      options.onWaiting?.(openChecks(open, coming, works), {
        elapsedMs: now - (endsAt - options.timeoutMs),
        timeoutMs: options.timeoutMs,
      });
      const news = tooEarly ? Promise.race([begun, jobs.allDone()]) : jobs.allDone();
      await within(news, Math.min(POLL_MS, endsAt - now), clock, signal);
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new BundleError('interrupted', `stopped verifying ${stack}`, { exit: EXIT.interrupted });
  } finally {
    stop.abort();
    // Jobs of the swarm that ask an ensemble are removed before the engine is let go.
    await within(jobs.stop(), CLEAR_UP_MS, clock);
  }
}

/** A line that a task has not written yet: it may still be starting. */
function isLine({ service, check }: CheckResult, expectations: readonly Expected[]): boolean {
  return expectations.some((each) => each.service === service && each.logs.some(({ name }) => name === check));
}

function notAwaited({ service, check }: CheckResult): string {
  return `not seen by then, and no longer waited for, since ${service} failed (${check})`;
}

/** By service, in the order in which they come. */
function openChecks(
  open: readonly CheckResult[],
  coming: readonly ServiceLook[],
  works: readonly Work[],
): OpenChecks[] {
  const checks = new Map<string, Set<string>>();
  for (const { name, phase } of coming) if (phase !== '') checks.set(name, new Set([`(${phase})`]));
  for (const { doubt, open: all } of works)
    for (const { service } of doubt === undefined ? [] : all) checks.set(service, new Set([`(${doubt})`]));
  for (const { service, check } of open) checks.set(service, (checks.get(service) ?? new Set()).add(check));
  return [...checks].map(([service, names]) => ({ service, checks: [...names] }));
}

/** The work that a look at the swarm calls for. */
function planner(
  engine: TaskEngine,
  options: StackVerifyOptions,
  endsAt: number,
  signal: AbortSignal,
): (looks: readonly ServiceLook[], snapshot: Snapshot, doubt: Doubt) => Work[] {
  const { clock, redactor, keys, stack, ensembles, strict } = options;
  const inside = options.inside && new Batches(options.inside, clock, { giveUpAt: endsAt, signal });
  const programs = limitConcurrency(PROGRAMS_AT_ONCE);
  const asker = options.program;
  const program: ProgramAsker | undefined = asker && ((...asked) => programs(() => asker(...asked)));
  const local = engine.address.url.startsWith('unix://');
  const ofTasks = {
    local,
    endsAt,
    clock,
    strict,
    redactor,
    keys,
    inside,
    program,
    notBefore: options.notBefore,
    inTurn: limitConcurrency(LOGS_AT_ONCE),
  };
  return (looks, snapshot, doubt) => {
    const ahead = snapshot.managersNow - snapshot.askedAt;
    const now = momentsOf(clock, ahead);
    return [
      ...looks.flatMap((one) =>
        one.running.map((subject) => taskWork(engine, subject, { ...ofTasks, ahead, now, doubt })),
      ),
      ...ensembles.map((ensemble) => quorumWork(engine, ensemble, snapshot, { stack, clock, endsAt, doubt })),
    ];
  };
}

/** Service by service as they are expected, then the ensembles. */
function inOrder({ expectations }: StackVerifyOptions, results: CheckResult[]): CheckResult[] {
  const rank = new Map(expectations.map(({ service }, index) => [service, index]));
  return [...results].sort((a, b) => (rank.get(a.service) ?? rank.size) - (rank.get(b.service) ?? rank.size));
}
