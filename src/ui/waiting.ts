import { reporterOf, type Terminal } from './reporter.ts';

/** Nothing is said of what is done sooner, in ms. */
const PATIENCE_MS = 1000;

/** Says once what a command waits for, if it waits long: several waits at a time are told together. */
export class Waiting {
  readonly #open = new Map<symbol, string>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * Gives back what `work` gives.
   * @param what for the line "waiting for WHAT", with the limit: "registry r.example (20 s at most)"; the same words
   *   are said once
   */
  async for<T>(what: string, io: Terminal, work: Promise<T>): Promise<T> {
    const key = Symbol(what);
    this.#open.set(key, what);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const all = [...new Set(this.#open.values())];
      if (all.length > 0) reporterOf(io).step(`waiting for ${all.join('; ')}`);
    }, PATIENCE_MS).unref();
    try {
      return await work;
    } finally {
      this.#open.delete(key);
      if (this.#open.size === 0) {
        clearTimeout(this.#timer);
        this.#timer = undefined;
      }
    }
  }
}
