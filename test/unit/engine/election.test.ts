import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { throughElections } from '../../../src/engine/election.ts';
import { answerError } from '../../../src/engine/errors.ts';

const words = '{"message":"rpc error: code = Unknown desc = The swarm does not have a leader. It’s possible …"}';
const leaderless = () => answerError('list the nodes', 500, words);

/** A swarm without a leader for so long. */
function swarm(ms: number) {
  const told: string[] = [];
  const since = performance.now();
  const reading = throughElections(() => told.push('waits'));
  const read = vi.fn(async () => {
    if (performance.now() - since < ms) throw leaderless();
    return 'nodes';
  });
  const ask = (signal = new AbortController().signal): Promise<string> =>
    reading(read, signal).catch((error: unknown) => (error as Error).message);
  return { told, read, ask };
}

describe('a reading while the managers elect a leader', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('is made again until there is one', async () => {
    const { told, ask } = swarm(4_000);
    const both = Promise.all([ask(), ask()]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await both).toEqual(['nodes', 'nodes']);
    expect(told).toEqual(['waits']);
  });

  it('ends with the engine’s words if there is none for longer, and the next one does not wait again', async () => {
    const { told, read, ask } = swarm(3_600_000);
    const first = ask();
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await first).toContain('does not have a leader');
    read.mockClear();
    expect(await ask()).toContain('does not have a leader');
    expect(read).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(60_000);
    void ask();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told, 'a later election is waited for').toEqual(['waits', 'waits']);
  });

  it('ends with its signal, and of other errors waits for none', async () => {
    const stop = new AbortController();
    const { ask } = swarm(3_600_000);
    const ended = ask(stop.signal);
    await vi.advanceTimersByTimeAsync(1_000);
    stop.abort(new Error('interrupted'));
    expect(await ended).toContain('aborted');
    const reading = throughElections(undefined);
    const other = vi.fn(() => Promise.reject(answerError('list the nodes', 500, 'something broke')));
    await expect(reading(other, new AbortController().signal)).rejects.toThrow('something broke');
    expect(other).toHaveBeenCalledTimes(1);
  });
});
