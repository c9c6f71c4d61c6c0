import type { Clock } from '../../../src/swarm/clock.ts';

interface Timer {
  at: number;
  fire: () => void;
}

/** Time that passes only when everybody waits for it: a test of minutes takes milliseconds. */
export class VirtualClock implements Clock {
  readonly start: number;
  /** Set by a test of a machine that sleeps. */
  missedMs = 0;
  #now: number;
  readonly #timers = new Set<Timer>();
  #pumping = false;

  constructor(start = Date.parse('2026-01-01T00:00:00Z')) {
    this.start = start;
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  missed(): number {
    return this.missedMs;
  }

  /** Milliseconds since the test began. */
  elapsed(): number {
    return this.#now - this.start;
  }

  /** The time so many milliseconds after the test's beginning, as the API writes it. */
  iso(ms = this.elapsed()): string {
    return new Date(this.start + ms).toISOString();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const abort = (): void => {
        if (this.#timers.delete(timer)) reject(signal?.reason as Error);
      };
      const fire = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const timer: Timer = { at: this.#now + ms, fire };
      this.#timers.add(timer);
      signal?.addEventListener('abort', abort, { once: true });
      this.#pump();
    });
  }

  /** Advances once nothing but timers is left to wait for: all promises that can settle have settled in between. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    const turn = (left: number): void => {
      if (left > 0) {
        setImmediate(() => turn(left - 1));
        return;
      }
      this.#pumping = false;
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined) return;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
      if (this.#timers.size > 0) this.#pump();
    };
    turn(3);
  }
}
