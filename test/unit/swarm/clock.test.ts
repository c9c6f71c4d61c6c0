import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { momentOf, momentsOf, processClock, TIMED_OUT, within } from '../../../src/swarm/clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** What SIGSTOP and SIGCONT, or a machine whose monotonic clock counts its sleep, do to a process. */
function stopped(ms: number): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + ms);
  vi.setSystemTime(Date.now() + ms);
}

const clockNow = () => processClock((ms) => new Promise((resolve) => void setTimeout(resolve, ms)));

describe('the clock of this process', () => {
  it('sleeps so long, and counts it', async () => {
    const clock = clockNow();
    const from = clock.now();
    let after = 0;
    void clock.sleep(2_500).then(() => {
      after = clock.now() - from;
    });
    await vi.advanceTimersByTimeAsync(2_499);
    expect(after).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(after).toBe(2_500);
  });

  it('counts nothing of the time in which the process was stopped, once, however many wait', async () => {
    const clock = clockNow();
    const from = clock.now();
    const missed = clock.missed();
    const ended: number[] = [];
    for (const ms of [500, 1_000, 3_000, 3_000])
      void clock.sleep(ms).then(() => ended.push(Math.round((clock.now() - from) / 1000)));
    await vi.advanceTimersByTimeAsync(1_200);
    stopped(900_000);
    await vi.advanceTimersByTimeAsync(5_000);
    // What of the stop lies before a timer is due is counted: less than a second.
    expect(ended.slice(0, 2)).toEqual([1, 1]);
    expect(ended.slice(2).every((seconds) => seconds >= 3 && seconds <= 4)).toBe(true);
    expect(clock.missed() - missed).toBeGreaterThan(895_000);
    expect(clock.missed() - missed).toBeLessThanOrEqual(900_000);
  });

  it('sees the stop of a process that waits for no time', async () => {
    const clock = clockNow();
    const from = clock.now();
    await vi.advanceTimersByTimeAsync(1_200);
    stopped(900_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(clock.now() - from).toBeLessThan(4_000);
    expect(clock.missed()).toBeGreaterThan(899_000);
  });

  it('gives an answer its time after a stop', async () => {
    const clock = clockNow();
    const answer = new Promise((resolve) => setTimeout(resolve, 1_300, 'late'));
    const asked = within(answer, 15_000, clock);
    await vi.advanceTimersByTimeAsync(1_100);
    stopped(40_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await asked).toBe('late');
    const never = within(new Promise(() => undefined), 15_000, clock);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await never).toBe(TIMED_OUT);
  });
});

describe('a moment by two clocks', () => {
  const YEARS = 6 * 365 * 86_400_000;
  it('is that of a machine whose clock was set since the process began', () => {
    const clock = { now: () => 1_000_000, missed: () => YEARS };
    expect(momentOf(clock, YEARS + 5)).toEqual({ here: new Date(1_000_000 + YEARS) });
  });

  it('knows the engine’s no more once time was missed', () => {
    let missed = 0;
    const now = momentsOf({ now: () => 1_000_000, missed: () => missed }, YEARS);
    expect(now()).toEqual({ here: new Date(1_000_000), there: new Date(1_000_000 + YEARS) });
    missed = YEARS;
    expect(now()).toEqual({ here: new Date(1_000_000 + YEARS) });
  });

  it('tells the engine’s apart from it', () => {
    const clock = { now: () => 1_000_000, missed: () => 0 };
    expect(momentOf(clock, YEARS)).toEqual({ here: new Date(1_000_000), there: new Date(1_000_000 + YEARS) });
    expect(momentOf(clock, NaN)).toEqual({ here: new Date(1_000_000) });
  });
});
