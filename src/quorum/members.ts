import type { Breakage, Ensemble, EnsembleReading } from '../sdk/definition.ts';
import { BundleError, EXIT } from '../errors.ts';
import type { Account } from './account.ts';
import { freePlaces, heldPlaceHints } from './held-place.ts';
import type { WavesOptions } from './options.ts';
import { tryProbe } from './probe.ts';
import { withoutVainStarts } from './vain-starts.ts';
import { OLD_MS } from '../swarm/clock.ts';
import { waitFor } from './wait.ts';
import { inOrder, membersOf, type EnsembleWork } from './waves.ts';

export interface RollContext extends WavesOptions {
  /** `docker stack deploy` of these services only. */
  deploy(services: readonly string[]): Promise<void>;
  account: Account;
}

const POLL_MS = 1_000;
/** The word for --ignore: a member goes down although its stop breaks something. */
export const STOP_CHECK = 'quorum-stop';

/** One ensemble, member by member. */
export class EnsembleRoll {
  readonly #ensemble: Ensemble;
  readonly #work: EnsembleWork;
  readonly #context: RollContext;
  readonly #all: string[];
  readonly #done: string[] = [];
  /** Moment of the clock by which what is under way must be done. */
  #deadline: number;
  /** The last answer, as long as nothing was done since. */
  #reading: EnsembleReading | undefined;
  /** What the clock had missed by then: a reading of before this machine slept says nothing of now. */
  #missed = 0;
  /** Why it gave no answer, as it was told last. */
  #trouble = '';
  /** Members that were well at the start or came right since. */
  readonly #well = new Set<string>();

  constructor(ensemble: Ensemble, work: EnsembleWork, context: RollContext) {
    this.#ensemble = ensemble;
    this.#work = work;
    this.#context = context;
    this.#all = membersOf(work);
    this.#deadline = this.#nextDeadline();
  }

  /** @throws BundleError `ensemble-not-ready` (exit 4) */
  async run(): Promise<void> {
    const { first, create } = this.#work;
    await this.#begin();
    if (first === 'restart') await this.#restart();
    for (const wave of create) await this.#wave(wave, 'create');
    if (first === 'create') await this.#restart();
    if (!this.#worksWith(this.#well)) await this.#prove([]);
  }

  #worksWith(up: Iterable<string>): boolean {
    const { services, policy } = this.#ensemble;
    return policy.worksWith([...up], services);
  }

  #nextDeadline(): number {
    const { clock, timeoutMs } = this.#context.converge;
    return clock.now() + timeoutMs;
  }

  async #begin(): Promise<void> {
    const { services, policy } = this.#ensemble;
    const existing = services.filter((name) => !this.#work.create.flat().includes(name));
    // If those that exist are too few for the new ensemble, no patience makes it work.
    const patience = this.#worksWith(existing) ? policy.patience.workSeconds * 1000 : 0;
    const reading = await this.#ask(({ quorum }) => quorum, patience);
    for (const name of services) if (reading.members[name]?.ok === true) this.#well.add(name);
    const ill = inOrder(this.#work.restart, reading).filter((name) => !this.#well.has(name));
    const order = ill.length === 0 ? '' : `; not well, and therefore first: ${ill.join(', ')}`;
    this.#context.onStep(`${this.#ensemble.title}: ${reading.text}${order}`);
  }

  async #restart(): Promise<void> {
    const open = [...this.#work.restart];
    while (open.length > 0) {
      this.#deadline = this.#nextDeadline();
      const member = await this.#nextThatMayGo(open);
      open.splice(open.indexOf(member), 1);
      await this.#wave([member], 'update');
    }
  }

  /**
   * The member that goes down next. What its stop would break is given time to go away by itself, unless it never will:
   * that is asked of all that are still to go. What stays is passed over only if the operator said so.
   * @throws BundleError `ensemble-not-ready` (exit 4)
   */
  async #nextThatMayGo(open: readonly string[]): Promise<string> {
    const { ignore, onStep } = this.#context;
    const free = await freePlaces(open, this.#context);
    const inTheWay = (reading: EnsembleReading): { member: string; breaks: Breakage } | undefined => {
      const [next = ''] = inOrder(open, reading, free);
      const found = [next, ...open].flatMap((member) => {
        const breaks = reading.members[member]?.breaks;
        return breaks === undefined || (member !== next && !breaks.lasting) ? [] : [{ member, breaks }];
      });
      return found.find(({ breaks }) => breaks.lasting) ?? found[0];
    };
    const ignored = ignore.includes(STOP_CHECK);
    // Only what lasts is passed over at once: what may pass, such as a majority that would be lost, gets its time.
    const nextMay = (reading: EnsembleReading): boolean => {
      const breaks = reading.members[inOrder(open, reading, free)[0] ?? '']?.breaks;
      return breaks === undefined || (breaks.lasting && breaks.passing !== true);
    };
    // Who does not answer breaks nothing. If enough were well to do the work, such silence may pass.
    const working = (reading: EnsembleReading): boolean => reading.quorum || !this.#worksWith(this.#well);
    const settled = (reading: EnsembleReading): boolean =>
      ignored ? nextMay(reading) && working(reading) : (inTheWay(reading)?.breaks.lasting ?? working(reading));
    const reading =
      this.#reading !== undefined && this.#missedNow() - this.#missed < OLD_MS && settled(this.#reading)
        ? this.#reading
        : await this.#ask(settled, this.#ensemble.policy.patience.recoverSeconds * 1000);
    const [next = ''] = inOrder(open, reading, free);
    const found = inTheWay(reading);
    if (found !== undefined && !ignored) {
      const well = reading.members[found.member]?.ok === true ? 'is well and must stay' : 'must stay';
      throw await this.#stopped(
        `${found.member} ${well}: without it ${found.breaks.what} (${this.#words(reading)})`,
        undefined,
        [`fix that, or continue with --ignore ${STOP_CHECK}: what the stop breaks stays broken until it is back`],
      );
    }
    const breaks = reading.members[next]?.breaks;
    if (breaks !== undefined) onStep(`${STOP_CHECK} is ignored: ${next} goes down, and without it ${breaks.what}`);
    return next;
  }

  async #wave(services: readonly string[], verb: 'create' | 'update'): Promise<void> {
    const { engine, converge: options, account } = this.#context;
    this.#context.onStep(`· ${verb} ${services.join(', ')}`);
    const before = await engine.services({ stack: options.stack });
    this.#reading = undefined;
    await this.#context.deploy(services);
    // What stopped first may have taken hours.
    this.#deadline = this.#nextDeadline();
    const failure = await waitFor(engine, services, before, options);
    if (failure) throw await this.#stopped(failure.message, failure);
    for (const name of services) this.#well.add(name);
    // As long as too few have come right, there is no work to ask for.
    if (this.#worksWith(this.#well)) await this.#prove(services);
    account.proved(services);
    this.#done.push(...services);
  }

  /** Waits until the ensemble does its work, and these members are part of it. */
  async #prove(services: readonly string[]): Promise<void> {
    const { clock } = this.#context.converge;
    const good = (reading: EnsembleReading): boolean =>
      reading.quorum && services.every((name) => reading.members[name]?.ok === true);
    const reading = await this.#ask(good, Math.max(0, this.#deadline - clock.now()));
    if (!good(reading)) throw await this.#stopped(`it did not come right by the deadline: ${this.#words(reading)}`);
    this.#context.onStep(`${this.#ensemble.title}: ${reading.text}`);
  }

  /**
   * Probes until the answer is good or the patience at its end; gives the last answer. @throws BundleError if there
   * is none
   */
  async #ask(good: (reading: EnsembleReading) => boolean, patienceMs: number): Promise<EnsembleReading> {
    const {
      engine,
      converge: { stack, clock, signal },
    } = this.#context;
    const until = Math.min(clock.now() + patienceMs, this.#deadline);
    // A member whose own certificate has expired cannot ask; the next one may.
    for (let turn = 0; ; turn++) {
      this.#missed = this.#missedNow();
      const answer = await tryProbe(engine, this.#ensemble, { stack, clock, signal, turn });
      const late = clock.now() >= until;
      if ('reading' in answer) {
        const reading = await withoutVainStarts(answer.reading, { ...this.#context, stack });
        if (late || good(reading)) return (this.#reading = reading);
        this.#show(reading);
      } else if (late) throw await this.#stopped(answer.trouble);
      else this.#tellTrouble(answer.trouble);
      await clock.sleep(POLL_MS, signal);
    }
  }

  #missedNow(): number {
    return this.#context.converge.clock.missed?.() ?? 0;
  }

  /** Each trouble once: it may last as long as the patience. */
  #tellTrouble(text: string): void {
    if (this.#trouble === text) return;
    this.#trouble = text;
    this.#context.onStep(`waiting for an answer of ${this.#ensemble.title}: ${text}`);
  }

  #show({ members }: EnsembleReading): void {
    this.#context.converge.onProgress?.(
      this.#ensemble.services.map((name) => {
        const { ok, text } = members[name] ?? { ok: false, text: 'unknown' };
        return { name, running: ok ? 1 : 0, wanted: 1, phase: text, state: ok ? 'converged' : 'waiting' };
      }),
    );
  }

  #words({ members, text }: EnsembleReading): string {
    return [text, ...this.#ensemble.services.map((name) => `${name}: ${members[name]?.text ?? 'unknown'}`)].join('; ');
  }

  async #stopped(why: string, cause?: BundleError, hints: readonly string[] = []): Promise<BundleError> {
    const { title, services } = this.#ensemble;
    const { account } = this.#context;
    // A member that an earlier run restarted may be the one that finds no place.
    const settled = services.filter((name) => !this.#all.includes(name) || account.isSent(name));
    const held = await heldPlaceHints(settled, this.#context, true);
    const goOn =
      'the members that were not touched run on; fix the cause, then run the same command again: it goes on with ' +
      'those that are not well';
    const count = `${this.#done.length} of ${this.#all.length} members`;
    return new BundleError(
      'ensemble-not-ready',
      [`${title} (${services.join(', ')}): stopped after ${count}: ${why}`, ...account.lines()].join('\n'),
      {
        exit: EXIT.notConverged,
        hints: [...held, ...(cause?.hints ?? []), ...hints],
        midway: [...(cause?.midway ?? []), ...(held.length > 0 ? [] : [goOn])],
        ...(cause === undefined ? {} : { details: cause.details }),
      },
    );
  }
}
