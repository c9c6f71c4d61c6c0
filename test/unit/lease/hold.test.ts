import os from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine, SwarmConfig } from '../../../src/engine/port.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { withLock } from '../../../src/lease/hold.ts';
import { systemClock } from '../../../src/swarm/clock.ts';
import { interruptedWith } from '../../../src/ui/interrupted.ts';

/** The part of an engine that a lock needs; `trouble` is met by every call while it is set. */
class Locks {
  lock: SwarmConfig | undefined;
  trouble: (() => Promise<never>) | undefined;
  renewed = 0;

  readonly engine = {
    configs: async () => {
      await this.trouble?.();
      return this.lock ? [this.lock] : [];
    },
    createConfig: async ({ name, labels, data }: Pick<SwarmConfig, 'name' | 'labels'> & { data: Buffer }) => {
      this.lock = { id: 'lock', name, labels, version: 1, createdAt: '', updatedAt: new Date().toISOString(), data };
      return 'lock';
    },
    updateConfigLabels: async (config: SwarmConfig, labels: Record<string, string>) => {
      await this.trouble?.();
      this.lock = { ...config, labels, version: config.version + 1 };
      this.renewed += 1;
    },
    removeConfig: async () => {
      this.lock = undefined;
    },
  } as unknown as Engine;

  /** Does work that lasts so long; after how many seconds it ended or was stopped, and with what. */
  async hold(
    seconds: number,
    stopped = (_reason: unknown): Error => new Error('aborted'),
  ): Promise<{ after: number; error?: BundleError }> {
    const me = { name: 'ann@ops1', host: 'ops1', boot: 'b', pid: 1, isAlive: () => true };
    const started = Date.now();
    let after = 0;
    const work = (signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        const end = (how: () => void): void => {
          after ||= (Date.now() - started) / 1000;
          how();
        };
        setTimeout(end, seconds * 1000, resolve);
        signal.addEventListener('abort', () => end(() => reject(stopped(signal.reason))));
      });
    const held = withLock(
      {
        engine: this.engine,
        stack: 'prod',
        command: 'deploy',
        me,
        clock: systemClock,
        onWatch: () => undefined,
        onTakeover: () => undefined,
        signal: new AbortController().signal,
      },
      work,
    )
      .then(
        () => ({}),
        (error: unknown) => ({ error: error as BundleError }),
      )
      .then((result) => ({ after, ...result }));
    // Longer than the work: the lock is freed only after a call that hangs.
    await vi.advanceTimersByTimeAsync(seconds * 1000 + 60_000);
    return held;
  }
}

const away = (): Promise<never> => Promise.reject(new BundleError('engine-unreachable', 'no engine answers'));
/** As a host that lost power: the call's own time-out ends it. */
const hangs = (): Promise<never> =>
  new Promise((_resolve, reject) =>
    setTimeout(reject, 30_000, new BundleError('engine-unreachable', 'no answer within 30 s')),
  );

describe('a lock that is held', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('is renewed each 10 s and freed at the end', async () => {
    const locks = new Locks();
    expect(await locks.hold(35)).toEqual({ after: 35 });
    expect(locks.renewed).toBe(3);
    expect(locks.lock).toBeUndefined();
  });

  it('is freed over a new connection if the first was lost', async () => {
    const locks = new Locks();
    setTimeout(() => {
      locks.trouble = () => {
        locks.trouble = undefined;
        return away();
      };
    }, 4_000);
    expect(await locks.hold(5)).toEqual({ after: 5 });
    expect(locks.lock).toBeUndefined();
  });

  it.each([
    ['answers nothing', away],
    ['hangs', hangs],
  ])('outlives an engine that %s for 25 s', async (_how, trouble) => {
    const locks = new Locks();
    setTimeout(() => {
      locks.trouble = trouble;
    }, 15_000);
    setTimeout(() => {
      locks.trouble = undefined;
    }, 40_000);
    expect(await locks.hold(120)).toEqual({ after: 120 });
  });

  it.each([
    ['answers nothing', away],
    ['hangs', hangs],
  ])('is given up before others may take it, where the engine %s for good', async (_how, trouble) => {
    const locks = new Locks();
    setTimeout(() => {
      locks.trouble = trouble;
    }, 15_000);
    const { after, error } = await locks.hold(200);
    expect(error).toMatchObject({ code: 'lock-lost', exit: 8 });
    // Renewed at 10 s for the last time; stale at 70 s.
    expect(after).toBe(60);
    expect(error?.message).toContain('could not be renewed for 50 s');
  });

  const slept = (ms: number, meanwhile: () => void = () => undefined): void =>
    // Timers stand still meanwhile: those that are due after it come as late as ever.
    void setTimeout(() => {
      vi.setSystemTime(Date.now() + ms);
      const up = os.uptime();
      const since = performance.now();
      vi.spyOn(os, 'uptime').mockImplementation(() => up + (ms + performance.now() - since) / 1000);
      meanwhile();
    }, 14_500);

  /** Holds it for 55 s: it is renewed at once after what happens at 14.5 s, and not lost. */
  const keptFrom = async (locks: Locks): Promise<void> => {
    let soon = 0;
    setTimeout(() => {
      soon = locks.renewed;
    }, 15_900);
    expect((await locks.hold(55)).error).toBeUndefined();
    expect(soon).toBe(2);
  };

  it.each([
    ['on a machine that slept for 4 min', 4 * 60_000, 0],
    ['on a machine that slept for the time that others wait', 54_000, 0],
    ['by a process that was stopped for 2 min', 2 * 60_000, 2 * 60_000],
  ])('is renewed at once %s, and kept if nobody took it', async (_what, ms, awakeMs) => {
    const locks = new Locks();
    slept(ms, () => {
      const now = performance.now.bind(performance);
      vi.spyOn(performance, 'now').mockImplementation(() => now() + awakeMs);
    });
    await keptFrom(locks);
    // At 10, 15, 20, 30, 40 and 50 s.
    expect(locks.renewed).toBe(6);
    expect(locks.lock).toBeUndefined();
  });

  it.each([
    ['6 min', 6 * 60_000],
    ['a day', 24 * 3_600_000],
  ])('is renewed at once, and kept, where the clock was set forward by %s while all went on', async (_what, ms) => {
    const locks = new Locks();
    setTimeout(() => vi.setSystemTime(Date.now() + ms), 14_500);
    await keptFrom(locks);
    expect(locks.lock).toBeUndefined();
  });

  it.each([
    ['answers nothing', away],
    ['hangs', hangs],
  ])('is given up soon on a machine that slept, where the engine %s by then', async (_how, trouble) => {
    expect(await stoppedAfter(54_000, trouble)).toMatchObject({
      stopped: 20_000,
      message: expect.stringMatching(
        /was not renewed for 1 min: this machine slept, this process was stopped, or the clock was set forward$/,
      ),
    });
    // Others may have it by then.
    expect(await stoppedAfter(120_000, trouble)).toMatchObject({ stopped: 16_000 });
  });

  it('is given up at once on a machine that slept for so long that all that was read is old', async () => {
    expect(await stoppedAfter(8 * 3_600_000)).toMatchObject({
      stopped: 15_000,
      message: expect.stringContaining('was not renewed for 8 h'),
    });
  });

  /** When the work is told to stop, in ms, and with what error, if the machine sleeps for so long. */
  async function stoppedAfter(
    ms: number,
    trouble?: () => Promise<never>,
  ): Promise<{ stopped: number; message: string }> {
    const locks = new Locks();
    const started = performance.now();
    let stopped = 0;
    slept(ms, () => {
      locks.trouble = trouble;
    });
    const { error } = await locks.hold(60, () => {
      stopped = performance.now() - started;
      return new Error('aborted');
    });
    expect(error).toMatchObject({ code: 'lock-lost', exit: 8 });
    return { stopped, message: error?.message ?? '' };
  }

  it('is given up for the engine’s silence if the clock was merely set a little meanwhile', async () => {
    expect(await stoppedAfter(6_000, away)).toMatchObject({
      message: expect.stringContaining('could not be renewed for 50 s: the engine does not answer'),
    });
  });

  it('is lost at once on a machine that slept while somebody took it over', async () => {
    const locks = new Locks();
    const started = performance.now();
    let stopped = 0;
    slept(4 * 60_000, () => {
      const labels = { ...locks.lock?.labels, 'bundle.lock.token': 'another', 'bundle.lock.owner': 'bob@ops2' };
      locks.lock = { ...(locks.lock as SwarmConfig), labels };
    });
    const { error } = await locks.hold(60, () => {
      stopped = performance.now() - started;
      return new Error('aborted');
    });
    expect(error).toMatchObject({
      code: 'lock-lost',
      exit: 8,
      message: expect.stringContaining('taken over by bob@ops2'),
    });
    expect(stopped).toBe(15_000);
    expect(locks.lock?.labels).toMatchObject({ 'bundle.lock.owner': 'bob@ops2' });
  });

  it.each([
    ['set back by an hour', -3_600_000],
    ['set forward by less than others wait', 30_000],
  ])('is kept, and renewed, if the clock is %s', async (_what, ms) => {
    const locks = new Locks();
    setTimeout(() => vi.setSystemTime(Date.now() + ms), 14_500);
    expect((await locks.hold(115)).error).toBeUndefined();
    expect(locks.renewed).toBe(11);
    expect(locks.lock).toBeUndefined();
  });

  it('is given up as ever if the engine does not answer after the clock was set back', async () => {
    const locks = new Locks();
    const started = performance.now();
    let stopped = 0;
    setTimeout(() => {
      vi.setSystemTime(Date.now() - 3_600_000);
      locks.trouble = away;
    }, 14_500);
    const { error } = await locks.hold(120, () => {
      stopped = performance.now() - started;
      return new Error('aborted');
    });
    expect(error?.message).toContain('could not be renewed for 50 s');
    expect(stopped).toBe(60_000);
  });

  it('stops the work where somebody took it over or removed it', async () => {
    const locks = new Locks();
    setTimeout(() => {
      locks.lock = undefined;
    }, 12_000);
    expect(await locks.hold(60)).toMatchObject({ after: 20, error: { code: 'lock-lost' } });
  });

  it('keeps what the work says of what it has done by then', async () => {
    const locks = new Locks();
    setTimeout(() => {
      locks.lock = undefined;
    }, 12_000);
    const { error } = await locks.hold(60, (reason) => interruptedWith(reason, { words: 'made so far: a' }) as Error);
    expect(error).toMatchObject({ code: 'lock-lost', exit: 8 });
    expect(error?.message).toMatch(/^stopped: the lock of prod was removed by somebody; made so far: a$/);
  });

  it('keeps the account of work that takes it for an interruption', async () => {
    const locks = new Locks();
    setTimeout(() => {
      locks.lock = undefined;
    }, 12_000);
    const stopped = new BundleError('interrupted', 'stopped in the middle of prod\n  updated and well: zk-1', {
      exit: EXIT.interrupted,
    });
    const { error } = await locks.hold(60, () => stopped);
    expect(error).toMatchObject({
      code: 'lock-lost',
      exit: 8,
      hints: [expect.stringContaining('who else is at work')],
    });
    expect(error?.message).toBe(`stopped: the lock of prod was removed by somebody\n${stopped.message}`);
  });
});
