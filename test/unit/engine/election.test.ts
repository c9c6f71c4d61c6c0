import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Api } from '../../../src/engine/api.ts';
import { throughElections } from '../../../src/engine/election.ts';
import { answerError } from '../../../src/engine/errors.ts';
import { nodeCalls } from '../../../src/engine/nodes.ts';

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

  it('is made again for an answer that came without one, which is given as it is in the end', async () => {
    const since = performance.now();
    const led = (ms: number) => async () => performance.now() - since >= ms;
    const reading = throughElections(undefined);
    const asked = (read: () => Promise<boolean>) => reading(read, new AbortController().signal, (answer) => !answer);
    const soon = asked(led(4_000));
    await vi.advanceTimersByTimeAsync(4_500);
    expect(await soon).toBe(true);
    const never = asked(led(3_600_000));
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await never).toBe(false);
  });

  it('is made again by a manager that has not joined its swarm again', async () => {
    const since = performance.now();
    const preparing =
      'This node is not a swarm manager. Manager is being prepared or has trouble connecting to the cluster.';
    const read = vi.fn(async () => {
      if (performance.now() - since < 4_000) throw answerError('list the nodes', 503, `{"message":"${preparing}"}`);
      return 'nodes';
    });
    const asked = throughElections(undefined)(read, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await asked).toBe('nodes');
  });

  it('ends with its signal, and of other errors waits for none', async () => {
    const stop = new AbortController();
    const { ask } = swarm(3_600_000);
    const ended = ask(stop.signal);
    await vi.advanceTimersByTimeAsync(1_000);
    stop.abort(new Error('interrupted'));
    expect(await ended).toBe('interrupted');
    const reading = throughElections(undefined);
    const other = vi.fn(() => Promise.reject(answerError('list the nodes', 500, 'something broke')));
    await expect(reading(other, new AbortController().signal)).rejects.toThrow('something broke');
    expect(other).toHaveBeenCalledTimes(1);
  });
});

/** A swarm whose new leader has no word from node2 for so long; a machine joins just now. */
function electing(ms: number, state = 'unknown', signal?: AbortSignal) {
  const since = performance.now();
  const node = (ID: string, hostname: string | undefined, State: string) => ({
    ...{ ID, Spec: { Role: 'worker', Availability: 'active' }, Status: { State } },
    ...(hostname !== undefined && { Description: { Hostname: hostname } }),
  });
  const json = vi.fn(async () => [
    node('a', 'node1', 'ready'),
    node('b', 'node2', performance.now() - since < ms ? state : 'ready'),
    node('c', undefined, 'unknown'),
  ]);
  const told: string[] = [];
  const { nodes } = nodeCalls({ json } as unknown as Api, {
    onSlow: (text) => told.push(text),
    ...(signal && { signal }),
  });
  const states = async (heardOf = true) => (await nodes({ heardOf })).map((each) => each.state);
  return { told, json, states };
}

describe('the nodes of a swarm that has a new leader', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it.each(['unknown', 'disconnected'])('are read again while one is %s, if that matters', async (state) => {
    const { told, states } = electing(4_000, state);
    expect(await states(false)).toEqual(['ready', state, 'unknown']);
    const both = Promise.all([states(), states()]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await both).toEqual([
      ['ready', 'ready', 'unknown'],
      ['ready', 'ready', 'unknown'],
    ]);
    expect(told).toEqual(['word from node2 since the managers elected a leader, no longer than 10 s']);
  });

  it('are not waited for if one is down, nor for one that joins just now', async () => {
    const { told, json, states } = electing(3_600_000, 'down');
    expect(await states()).toEqual(['ready', 'down', 'unknown']);
    expect(json).toHaveBeenCalledTimes(1);
    expect(told).toEqual([]);
  });

  it('are given as they are after ten seconds, and the next reading does not wait again', async () => {
    const { json, states } = electing(3_600_000);
    const first = states();
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await first).toEqual(['ready', 'unknown', 'unknown']);
    expect(json.mock.calls.length).toBeGreaterThan(1);
    json.mockClear();
    expect(await states()).toEqual(['ready', 'unknown', 'unknown']);
    expect(json).toHaveBeenCalledTimes(1);
  });

  it('are waited for no longer than the command goes on', async () => {
    const stop = new AbortController();
    const ended = electing(3_600_000, 'unknown', stop.signal)
      .states()
      .catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1_000);
    const reason = new Error('interrupted');
    stop.abort(reason);
    expect(await ended).toBe(reason);
  });
});
