import { OLD_MS, type Clock } from './clock.ts';

/** An answer, and the moment of the clock at which it was asked for: as of then it counts, however late it came. */
export interface DatedAnswer<T> {
  value: T;
  askedAt: number;
}

/**
 * A question that may be waited for again after it was given up once: while it is open it is not asked anew, or one
 * whose answer takes longer than anybody waits would never be answered.
 */
export class OpenQuestion<T> {
  readonly #clock: Clock;
  #open: { answer: Promise<DatedAnswer<T>>; missed: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param question what is asked if none is open, or time was missed since: its answer would be one of before */
  ask(question: () => Promise<T>): Promise<DatedAnswer<T>> {
    const missed = this.#clock.missed?.() ?? 0;
    if (this.#open !== undefined && Math.abs(missed - this.#open.missed) < OLD_MS) return this.#open.answer;
    const askedAt = this.#clock.now();
    const answer = question().then((value) => ({ value, askedAt }));
    const open = { answer, missed };
    this.#open = open;
    const close = (): void => {
      if (this.#open === open) this.#open = undefined;
    };
    answer.then(close, close);
    return answer;
  }
}
