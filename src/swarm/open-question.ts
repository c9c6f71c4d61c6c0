import { OLD_MS, type Clock } from './clock.ts';

/** An answer, and the moment of the clock at which it was asked for: as of then it counts, however late it came. */
export interface DatedAnswer<T> {
  value: T;
  askedAt: number;
}

/** What hangs is asked once more at the same time, and not once a round: an engine that is slow has enough to do. */
const MOST_OPEN = 2;

interface Open<T> {
  answer: Promise<DatedAnswer<T>>;
  missed: number;
}

/**
 * A question that may be waited for again after it was given up once: what is open stays so, or one whose answer takes
 * longer than anybody waits would never be answered.
 */
export class OpenQuestion<T> {
  readonly #clock: Clock;
  #open: Open<T>[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The first answer that comes; rejects with the last error if none does.
   * @param question what is asked if none is open, or time was missed since: its answer would be one of before
   * @param beside asks also if one is open, and no other beside it: its connection may have died in silence
   */
  async ask(question: () => Promise<T>, { beside = false } = {}): Promise<DatedAnswer<T>> {
    const missed = this.#clock.missed?.() ?? 0;
    this.#open = this.#open.filter((one) => Math.abs(missed - one.missed) < OLD_MS);
    if (this.#open.length === 0 || (beside && this.#open.length < MOST_OPEN)) this.#begin(question, missed);
    const raced = this.#open;
    try {
      const answer = await Promise.any(raced.map((one) => one.answer));
      // Not those that were asked since: this one may have been given up long before.
      this.#open = this.#open.filter((one) => !raced.includes(one));
      return answer;
    } catch (error) {
      throw error instanceof AggregateError ? error.errors.at(-1) : error;
    }
  }

  #begin(question: () => Promise<T>, missed: number): void {
    const askedAt = this.#clock.now();
    const open: Open<T> = { answer: question().then((value) => ({ value, askedAt })), missed };
    this.#open.push(open);
    const close = (): void => void (this.#open = this.#open.filter((one) => one !== open));
    open.answer.then(close, close);
  }
}
