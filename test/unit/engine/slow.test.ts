import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { engineApi, type Modem } from '../../../src/engine/api.ts';
import { negotiate } from '../../../src/engine/info.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';

/** An engine that never answers. */
const silent: Modem = {
  dial: ({ abortSignal }, done) =>
    abortSignal.addEventListener('abort', () => done(new Error('aborted'), null), { once: true }),
};
const address = { url: 'unix:///engine.sock', source: 'default' };

describe('a call that takes long', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  function asked() {
    const told: string[] = [];
    const api = engineApi(silent, address, '1.41', undefined, (text) => told.push(text));
    const call = (what: string, timeout?: number): Promise<string> =>
      api.json({ what, path: '/x', ...(timeout !== undefined && { timeout }) }).then(
        () => 'answered',
        (error: unknown) => (error as Error).message,
      );
    return { told, call };
  }

  it('is told long before it is given up, and one beside it is not', async () => {
    const { told, call } = asked();
    const both = Promise.all([call('list the nodes'), call('list the services')]);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toEqual(['the engine at unix:///engine.sock to list the nodes, no longer than 30 s']);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await both).toEqual([
      expect.stringContaining('gave no answer within 30 s'),
      expect.stringContaining('gave no answer within 30 s'),
    ]);
    expect(told).toHaveLength(1);
  });

  it('is told each time, one after the other', async () => {
    const { told, call } = asked();
    for (const what of ['list the nodes', 'list the tasks']) {
      const ended = call(what);
      await vi.advanceTimersByTimeAsync(31_000);
      await ended;
    }
    expect(told.map((text) => /to (.*),/.exec(text)?.[1])).toEqual(['list the nodes', 'list the tasks']);
  });

  it('is told by who made it if it has a limit of its own', async () => {
    const { told, call } = asked();
    const ended = call('ask a registry', 20_000);
    await vi.advanceTimersByTimeAsync(21_000);
    expect(await ended).toContain('within 20 s');
    expect(told).toEqual([]);
  });
});

it('an interruption of the first question is no answer of an engine', async () => {
  const stop = new AbortController();
  const asking = negotiate(engineApi(silent, address), stop.signal);
  stop.abort(new BundleError('interrupted', 'interrupted', { exit: EXIT.interrupted }));
  await expect(asking).rejects.toBe(stop.signal.reason);
});
