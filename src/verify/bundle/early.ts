import type { CommandIo } from '../../cli/io.ts';
import { convergeBundle } from '../../converge/progress.ts';
import { LifeSigns } from '../../converge/life-signs.ts';
import type { Engine } from '../../engine/port.ts';
import type { Reporter } from '../../ui/reporter.ts';
import type { ConvergeOptions } from '../../converge/options.ts';
import type { Verification } from '../result.ts';

/** Verifies with this io; ends no earlier than `notBefore` resolves. */
type Verify = (io: CommandIo, notBefore: Promise<void>) => Promise<Verification>;

/**
 * A verification that begins once all tasks run, while `converge` still watches that they stay up: its questions are
 * answered by the time the watch ends. Nothing is told before, and its verdict is on the tasks as they are then.
 */
export class EarlyVerification {
  readonly #verify: Verify;
  readonly #io: CommandIo;
  readonly #stop = new AbortController();
  readonly #converged: Promise<void>;
  #release: () => void = () => undefined;
  #over = false;
  #running: Promise<Verification | undefined> | undefined;

  constructor(verify: Verify, io: CommandIo) {
    this.#verify = verify;
    this.#io = io;
    this.#converged = new Promise((resolve) => (this.#release = resolve));
  }

  /** The options of the wait, in which it begins when all tasks run. */
  during<T extends Pick<ConvergeOptions, 'onProgress'>>(wait: T): T {
    return {
      ...wait,
      onProgress: (services) => {
        wait.onProgress?.(services);
        if (services.every(({ running, wanted, state }) => state !== 'failed' && running === wanted))
          this.#running ??= this.#begin();
      },
    };
  }

  /** The tasks stayed up. @returns its verdict; undefined if it did not begin, or was over before */
  async converged(): Promise<Verification | undefined> {
    this.#over = true;
    this.#release();
    return this.#running;
  }

  /** Ends it; resolves when it has cleared up after itself. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running?.catch(() => undefined);
  }

  async #begin(): Promise<Verification | undefined> {
    const signal = AbortSignal.any([this.#io.signal, this.#stop.signal]);
    const work = this.#verify({ ...this.#io, signal }, this.#converged).then(
      (verification) => (this.#over ? verification : undefined),
      (error: unknown) => {
        // The wait goes on; without it the verification begins anew.
        if (this.#over) throw error;
        return undefined;
      },
    );
    // Awaited when the wait has ended.
    work.catch(() => undefined);
    return work;
  }
}

/** Verifies; if `notBefore` is given, ends no earlier. */
type VerifyNow = (io: CommandIo, notBefore?: Promise<void>) => Promise<Verification>;

/** The wait for a deployment's tasks, its verification, and the last look at both. */
export class Outlook {
  readonly #engine: Engine;
  readonly #signs: LifeSigns;
  readonly #io: CommandIo;
  readonly #verify: VerifyNow;
  readonly #early: EarlyVerification;

  constructor(engine: Engine, io: CommandIo, verify: VerifyNow) {
    this.#engine = engine;
    this.#io = io;
    this.#verify = verify;
    this.#signs = new LifeSigns(engine);
    this.#early = new EarlyVerification(verify, io);
  }

  /**
   * Waits until every task runs and stays up. @param verify whether the verification begins meanwhile
   * @throws BundleError as `convergeBundle`
   */
  async wait(options: ConvergeOptions, reporter: Reporter, verify: boolean): Promise<void> {
    const wait = { ...options, signs: this.#signs };
    try {
      await convergeBundle(this.#engine, verify ? this.#early.during(wait) : wait, reporter);
    } catch (error) {
      this.#signs.close();
      await this.#early.stop();
      throw error;
    }
  }

  /** After the wait. */
  async verified(): Promise<Verification> {
    return (await this.#early.converged()) ?? (await this.#verify(this.#io));
  }

  /** Whether a task has ended since, as far as its log tells. Nothing is looked at any more after it. */
  endedSince(): boolean {
    this.#signs.close();
    return this.#signs.ended().length > 0;
  }
}
