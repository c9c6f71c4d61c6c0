import type { CommandIo } from '../../cli/io.ts';
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
