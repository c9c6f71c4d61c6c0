import { duration } from '../converge/window.ts';
import type { Container } from '../engine/port.ts';
import { BundleError, EXIT } from '../errors.ts';
import { within, TIMED_OUT, type Clock } from '../swarm/clock.ts';
import { STABLE } from '../verify/check-stability.ts';
import type { Expected, StackVerifyOptions } from '../verify/options.ts';
import type { CheckResult } from '../verify/result.ts';
import { upCheck } from '../verify/tasks/check-task.ts';
import type { ContainerEngine, Standing } from './container-engine.ts';
import { endedText, isOver, serviceOf } from './container-task.ts';
import type { RunHost } from './host-containers.ts';

/** A container may end once. One that its engine started again so often may be in a loop. */
const RESTARTS = 2;
/** It stays if this run is twice as long as those before it were on the average, within these bounds, in ms. */
const LEAST_MS = 10_000;
const LONGEST_MS = 10 * 60_000;
/** So many ends while somebody looks are a loop. */
const ENDS = 2;
const POLL_MS = 1_000;
const CLOCK_MS = 5_000;

export interface RestartOptions extends Pick<
  StackVerifyOptions,
  'stack' | 'clock' | 'signal' | 'timeoutMs' | 'onResult' | 'onWaiting'
> {
  /** The services whose containers are looked at. */
  expectations: readonly Pick<Expected, 'service' | 'startGraceSeconds'>[];
  /** Whether it is told as well of which it is seen that they stay: who asks for that by name is told. */
  named: boolean;
  /** Until then, by the clock, a container may prove that it stays. */
  endsAt: number;
}

/** A result in the making of a container that was restarted more than once; undefined if it stays. */
type Verdict = { status: 'failed' | 'unsure'; detail: string; hint?: string } | undefined;

/**
 * The results of a verification, and what tells whether containers stay: an engine keeps no history of them, and says
 * of one that ends every minute that it runs. One that was restarted more than once is waited for until it has outlived
 * its runs before; if it ends again and again meanwhile, or the time is up, `stable` is not passed.
 * @throws BundleError `interrupted` (exit 130) when the signal is aborted
 */
export async function withRestarts(
  engine: Pick<ContainerEngine, 'standing' | 'logCommand'>,
  results: readonly CheckResult[],
  options: RestartOptions,
): Promise<CheckResult[]> {
  const { clock, signal, endsAt, timeoutMs, expectations } = options;
  const clocks = new HostClocks(clock);
  const watched = new Map<string, Standing>();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const standing = await engine.standing();
      const wanted = standing.filter(({ container }) =>
        expectations.some(({ service }) => service === serviceOf(container)),
      );
      for (const one of wanted)
        if (one.container.restarts >= RESTARTS && !isOver(one.container)) watched.set(one.container.id, one);
      const told = await Promise.all(
        [...watched].map(async ([id, before]): Promise<CheckResult[]> => {
          const { host, container } = before;
          const service = serviceOf(container);
          const grace = expectations.find((each) => each.service === service)?.startGraceSeconds ?? 0;
          const now = standing.find((one) => one.container.id === id);
          const verdict = judge(now, await clocks.now(host), grace, engine.logCommand(id));
          return verdict === undefined
            ? []
            : [{ service, task: id, slot: 1, node: host.name, check: STABLE, ...verdict }];
        }),
      );
      const stable = told.flat();
      const open = stable.filter(({ status }) => status === 'unsure');
      const left = endsAt - clock.now();
      // What failed is the verdict, however the others go on.
      if (open.length === 0 || open.length < stable.length || left <= 0) {
        for (const result of stable) options.onResult?.(result);
        const stay = options.named ? wanted.flatMap((one) => staysUp(one, stable)) : [];
        return [...results.map((result) => withEvidence(result, wanted)), ...stable, ...stay];
      }
      options.onWaiting?.(
        open.map(({ service }) => ({ service, checks: [STABLE] })),
        { elapsedMs: timeoutMs - left, timeoutMs },
      );
      await clock.sleep(Math.min(POLL_MS, left), signal);
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new BundleError('interrupted', `stopped verifying ${options.stack}`, { exit: EXIT.interrupted });
  }
}

/** @param one undefined if it was removed @param now by its host's clock, in ms */
function judge(one: Standing | undefined, now: number, graceSeconds: number, log: string): Verdict {
  if (one === undefined) return { status: 'failed', detail: 'it was removed while it was looked at' };
  const { container, ends, silent } = one;
  if (isOver(container)) return { status: 'failed', detail: `${endedText(container)}; ${log} shows more` };
  const { restarts, startedAt, createdAt, status } = container;
  const runs = status === 'restarting' ? 0 : now - Date.parse(startedAt);
  const needs = provenMs(container);
  if (runs >= needs && !silent) return undefined;
  const served = Date.parse(createdAt) + graceSeconds * 1000;
  const counted = ends.filter(({ at }) => Date.parse(at) > served);
  const last = counted.at(-1);
  if (counted.length >= ENDS && last !== undefined)
    return {
      status: 'failed',
      detail:
        `it does not stay up: its engine restarted it ${restarts} times; while it was looked at it ended ` +
        `${counted.length} times, the last time at ${last.at}` +
        `${last.exitCode === undefined ? '' : ` with exit code ${last.exitCode}`}; ${log} shows more`,
    };
  return {
    status: 'unsure',
    detail:
      `its engine restarted it ${restarts} times, the last time at ${startedAt}; it has run too short a time to tell ` +
      `that it stays; ${log} shows more`,
    hint: `verify again, or give it ${duration(Math.max(0, needs - runs))} more (--timeout)`,
  };
}

/** That a container stays, if nothing else is told of it. @param told of others, and of it */
function staysUp({ host, container, silent }: Standing, told: readonly CheckResult[]): CheckResult[] {
  if (isOver(container) || told.some(({ task }) => task === container.id)) return [];
  const of = { service: serviceOf(container), task: container.id, slot: 1, node: host.name, check: STABLE };
  if (silent) return [{ ...of, status: 'unsure', detail: `the engine of ${host.name} gives no answer` }];
  const was = `it was${often(container)}`;
  if (container.status === 'restarting') return [{ ...of, status: 'unsure', detail: `${was}, and is at it again` }];
  const detail =
    container.restarts === 0
      ? 'its engine has not restarted it'
      : container.restarts < RESTARTS
        ? `${was}, which is no loop`
        : `it has run long enough since ${was}`;
  return [{ ...of, status: 'passed', detail }];
}

/** ` restarted twice by its engine…`, of one that was. */
const often = ({ restarts, startedAt }: Container): string =>
  ` restarted ${restarts === 1 ? 'once' : `${restarts} times`} by its engine, the last time at ${startedAt}`;

/** How long a run must be to outlive those before it. */
function provenMs({ createdAt, finishedAt = createdAt, restarts }: Container): number {
  const average = (Date.parse(finishedAt) - Date.parse(createdAt)) / restarts;
  return Math.min(LONGEST_MS, Math.max(LEAST_MS, 2 * average));
}

/** A container that runs, and was restarted, has that in its evidence: one end is no fault, but worth knowing. */
function withEvidence(result: CheckResult, standing: readonly Standing[]): CheckResult {
  const one = standing.find(({ container }) => container.id === result.task)?.container;
  if (result.check !== upCheck(false) || result.status !== 'passed' || one === undefined || one.restarts === 0)
    return result;
  return { ...result, detail: `${result.detail};${often(one)}` };
}

/** Containers bear the times of their host's clock. */
class HostClocks {
  readonly #clock: Clock;
  readonly #ahead = new Map<RunHost, Promise<number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Now on that host; if its engine does not say, its clock is taken for ours. */
  async now(host: RunHost): Promise<number> {
    const ahead = this.#ahead.get(host) ?? this.#read(host);
    this.#ahead.set(host, ahead);
    return this.#clock.now() + (await ahead);
  }

  async #read({ engine }: RunHost): Promise<number> {
    const info = await within(engine.info(), CLOCK_MS, this.#clock).catch(() => TIMED_OUT);
    const time = typeof info === 'symbol' ? NaN : Date.parse(info.systemTime);
    return Number.isNaN(time) ? 0 : time - this.#clock.now();
  }
}
