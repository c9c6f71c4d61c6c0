import { BundleError, EXIT } from '../errors.ts';
import { OLD_MS } from '../swarm/clock.ts';
import type { CheckResult } from '../verify/result.ts';
import { verdictText } from './gate-text.ts';
import { freePlaces, heldPlaceHints } from './held-place.ts';
import type { RollContext } from './members.ts';
import { groupsUntil, stayingBefore, type GroupWork } from './stages.ts';
import { waitFor } from './wait.ts';

/** For the first look at those that run: what is well says so at once. */
const LOOK_MS = 30_000;
/** An older look says nothing of now: a restart may take hours, and what ran before it may have died meanwhile. */
const LOOK_AGAIN_MS = 60_000;
/** Checks get so long however little time convergence has left. */
const LEAST_CHECKS_MS = 60_000;

/** So often in a row one may be found ill, waited for, and found well: then it is neither. */
const MOST_LOOKS = 3;
const UNSTEADY = 'it passes its checks, and fails at the next look, again and again';

/** Whether it tells that a task runs, and no other beside it. */
const isUp = ({ check }: CheckResult): boolean => check === 'running' || check === 'tasks';
/** The gate cannot tell of tasks only if an update before this deployment left one that still stops beside another. */
const isLeftBehind = ({ check, status }: CheckResult): boolean => check === 'tasks' && status === 'unsure';

/** When somebody was looked at, by the clock, and what that had missed when the question began. */
interface Look {
  at: number;
  missed: number;
}

/**
 * Rolling groups, one service after the other. The next one goes down only when the one before runs for its window and
 * passes its checks. Before each one goes down, the others of its group that this run does not restart any more must be
 * well, and those of the groups before must run: a run that was killed may have left one that is still starting, and
 * one that was well may have died since.
 */
export class GroupRoll {
  readonly #works: readonly GroupWork[];
  readonly #context: RollContext;
  /** What is wrong with services, as far as they were looked at. */
  readonly #ill = new Map<string, CheckResult[]>();
  /** When each was looked at last; those that are not here, at the beginning. */
  readonly #looks = new Map<string, Look>();
  readonly #begun: Look;

  /** @param works in order */
  constructor(works: readonly GroupWork[], context: RollContext) {
    this.#works = works;
    this.#context = context;
    this.#begun = this.#lookNow();
  }

  /** @throws BundleError `roll-stopped` (exit 4) at the first service that does not come right */
  async run(): Promise<void> {
    await this.#look(
      this.#works.flatMap((work) => [...this.#staying(work), ...(work.restart.length > 1 ? work.restart : [])]),
    );
    const total = this.#works.flatMap(({ restart }) => restart).length;
    let left = total;
    for (const work of this.#works) {
      for (const open = [...work.restart]; open.length > 0;) {
        const looked = await this.#requireOthers(work, open);
        if (looked || open.length === work.restart.length) this.#tellIll(open);
        const name = await this.#next(open);
        open.splice(open.indexOf(name), 1);
        left -= 1;
        // Nobody waits for the last one: the deployment's own end judges it, and one that restarts alone.
        await this.#restart(work, name, { wait: total > 1, checks: left > 0 });
      }
    }
  }

  async #look(services: readonly string[]): Promise<void> {
    const names = [...new Set(services)];
    if (names.length === 0) return;
    const { account, gate } = this.#context;
    const pending = account.pending();
    const { missed } = this.#lookNow();
    const results = await gate(names, { timeoutMs: LOOK_MS, patient: false, pending });
    for (const name of names) {
      this.#ill.delete(name);
      this.#looks.set(name, this.#lookNow(missed));
    }
    for (const result of results) {
      // What still has its old specification mounts its old secrets.
      const outdated = result.check === 'secrets' && pending.includes(result.service);
      if ((result.status !== 'failed' && !isLeftBehind(result)) || outdated) continue;
      this.#ill.set(result.service, [...(this.#ill.get(result.service) ?? []), result]);
    }
  }

  #lookNow(missed?: number): Look {
    const { clock } = this.#context.converge;
    return { at: clock.now(), missed: missed ?? clock.missed?.() ?? 0 };
  }

  #isOld(name: string): boolean {
    const [look, now] = [this.#looks.get(name) ?? this.#begun, this.#lookNow()];
    return now.at - look.at > LOOK_AGAIN_MS || now.missed - look.missed >= OLD_MS;
  }

  #staying({ group }: GroupWork): string[] {
    return stayingBefore(group, this.#context.rolling, this.#context.plan);
  }

  /** Those of the group and of the groups before it that this deployment updated and proved. */
  #done({ group }: GroupWork): string[] {
    return groupsUntil(group, this.#context.rolling)
      .flatMap(({ services }) => services)
      .filter((name) => this.#context.account.isProved(name));
  }

  /**
   * Looks again at whom the last look is too old; then those that do not go down any more must be well.
   * @param open those of the group that are still to go down
   * @returns whether somebody was looked at again
   */
  async #requireOthers(work: GroupWork, open: readonly string[]): Promise<boolean> {
    const others = [...new Set([...this.#staying(work), ...this.#done(work)])];
    for (let looks = 1; ; looks += 1) {
      const old = [...others, ...(open.length > 1 ? open : [])].filter((name) => this.#isOld(name));
      await this.#look(old);
      for (const name of others) await this.#requireOne(name, work, open, looks);
      // To wait for one of them may take long too.
      if (!others.some((name) => this.#isOld(name))) return looks > 1 || old.length > 0;
    }
  }

  /** @param looks how many there were by now, in a row */
  async #requireOne(name: string, work: GroupWork, open: readonly string[], looks: number): Promise<void> {
    const faults = this.#ill.get(name) ?? [];
    const own = work.group.services.includes(name);
    // A check that fails in another group is no reason to leave this one as it is, nor is one that still stops there.
    if (!faults.some((fault) => own || (isUp(fault) && !isLeftBehind(fault)))) return;
    const { account, onStep } = this.#context;
    const told = faults.map((fault): CheckResult => ({ ...fault, status: 'failed' }));
    onStep(`waiting for ${name}, which is not well: ${verdictText(told)}`);
    const done = account.isProved(name);
    account.doubted([name]);
    const fault = looks > MOST_LOOKS ? { why: UNSTEADY } : await this.#prove(name, own);
    if (fault === undefined) {
      if (done) account.proved([name]);
      return;
    }
    throw await this.#stopped(
      work,
      name,
      `it is not well${done ? ' any more, and this deployment has updated it already' : ', and this deployment does not change it'}; ` +
        `${open.join(', ')} must not go down as well: ${fault.why}`,
      fault.cause,
      [`put ${name} right first; or --at-once, which restarts all of them at the same moment`],
    );
  }

  /**
   * Those that are not well come first: they are down anyhow. Then those whose new place is free; last those that run
   * beside one that an earlier update left behind: each cannot start again before that has ended.
   */
  async #next(open: readonly string[]): Promise<string> {
    const ill = open.find((name) => this.#isIll(name));
    if (ill !== undefined) return ill;
    const alone = open.filter((name) => !this.#ill.has(name));
    const among = alone.length > 0 ? alone : open;
    const free = among.length === 1 ? new Set(among) : await freePlaces(among, this.#context);
    return among.find((name) => free.has(name)) ?? among[0] ?? '';
  }

  #isIll(name: string): boolean {
    return this.#ill.get(name)?.some((fault) => !isLeftBehind(fault)) === true;
  }

  #tellIll(open: readonly string[]): void {
    const ill = open.filter((name) => this.#isIll(name));
    if (ill.length > 0 && ill.length < open.length)
      this.#context.onStep(`not well, and therefore first: ${ill.join(', ')}`);
  }

  async #restart(work: GroupWork, name: string, { wait, checks }: { wait: boolean; checks: boolean }): Promise<void> {
    this.#context.onStep(`· update ${name} (${work.group.title})`);
    const {
      engine,
      converge: { stack },
    } = this.#context;
    const before = await engine.services({ stack });
    await this.#context.deploy([name]);
    if (!wait) return;
    const fault = await this.#prove(name, checks, before);
    if (fault !== undefined) throw await this.#stopped(work, name, fault.why, fault.cause);
    this.#context.account.proved([name]);
  }

  /** What keeps it from being well; what is well was looked at. */
  async #prove(
    name: string,
    checks: boolean,
    before?: Parameters<typeof waitFor>[2],
  ): Promise<{ why: string; cause?: BundleError } | undefined> {
    const { engine, converge: options, gate, onStep, account } = this.#context;
    const deadline = options.clock.now() + options.timeoutMs;
    // In a group of its own, what was left behind is waited for as well.
    const failure = await waitFor(engine, [name], before, checks ? { ...options, start: undefined } : options);
    if (failure !== undefined) return { why: failure.message, cause: failure };
    const { missed } = this.#lookNow();
    const well = (): undefined => {
      this.#ill.delete(name);
      this.#looks.set(name, this.#lookNow(missed));
    };
    if (!checks) return well();
    const timeoutMs = Math.max(LEAST_CHECKS_MS, deadline - options.clock.now());
    const results = await gate([name], { timeoutMs, patient: true, pending: account.pending() });
    options.signal?.throwIfAborted();
    onStep(`${name}: ${verdictText(results)}`);
    const failed = results.filter(({ status }) => status === 'failed');
    return failed.length === 0 ? well() : { why: `it runs, and does not pass its checks: ${verdictText(failed)}` };
  }

  async #stopped(
    { group }: GroupWork,
    name: string,
    why: string,
    cause?: BundleError,
    otherwise: readonly string[] = [],
  ): Promise<BundleError> {
    const held = await heldPlaceHints([name], this.#context);
    const hints = held.length > 0 ? held : otherwise;
    const goOn =
      'what was not touched runs on; fix the cause, then run the same command again: it goes on with ' +
      'those that are left';
    return new BundleError(
      'roll-stopped',
      [`${group.title}: stopped at ${name}: ${why}`, ...this.#context.account.lines()].join('\n'),
      {
        exit: EXIT.notConverged,
        hints: [...hints, ...(cause?.hints ?? [])],
        midway: [...(cause?.midway ?? []), ...(hints.length > 0 ? [] : [goOn])],
        ...(cause === undefined ? {} : { details: cause.details }),
      },
    );
  }
}
