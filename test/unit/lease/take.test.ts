import { describe, expect, it } from 'vitest';
import type { Engine, SwarmConfig } from '../../../src/engine/port.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { holderOf, lockLabels, lockName } from '../../../src/lease/record.ts';
import { takeLock } from '../../../src/lease/take.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

const MINUTE = 60_000;
const ANN = { owner: 'ann@ops1', host: 'ops1', boot: 'b1', pid: 77, command: 'deploy', token: 'of ann' };
const BOB = { name: 'bob@ops2', host: 'ops2', boot: 'b2', pid: 5, isAlive: () => false };

/** Seconds after the beginning at which something happens to the lock; by default nothing does. */
interface Course {
  /** How far the clock of the manager that is asked is ahead of the leader's, in ms. */
  ahead?: number;
  /** When the holder wrote to it last, before the beginning. */
  silentSince?: number;
  beats?: number[];
  freed?: number;
  interrupted?: number;
  me?: Partial<typeof BOB>;
}

/** Ann's lock, and what comes of Bob's try to take it, in so many seconds. */
async function take({ ahead = 0, silentSince = 3, beats = [], freed, interrupted, me }: Course) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const told: string[] = [];
  let written: SwarmConfig | undefined;
  let isFree = false;
  const found = (): SwarmConfig | undefined => {
    const seconds = clock.elapsed() / 1000;
    if (interrupted !== undefined && seconds >= interrupted)
      stop.abort(new BundleError('interrupted', 'interrupted', { exit: EXIT.interrupted }));
    isFree ||= freed !== undefined && seconds >= freed;
    if (written !== undefined || isFree) return written;
    const last = beats.filter((at) => at <= seconds).at(-1) ?? -silentSince;
    return {
      ...{ id: 'l', name: lockName('prod'), labels: lockLabels('prod', ANN, ''), data: Buffer.alloc(0) },
      ...{ version: 100 + last, createdAt: '', updatedAt: clock.iso(last * 1000) },
    };
  };
  const write = (name: string, labels: Record<string, string>): void => {
    written = { id: 'l', name, labels, version: 500, createdAt: '', updatedAt: clock.iso(), data: Buffer.alloc(0) };
  };
  const conflict = () => new BundleError('engine-conflict', 'out of sequence');
  const engine = {
    address: { url: 'ssh://m2', source: 'option' },
    info: async () => ({ systemTime: new Date(clock.now() + ahead).toISOString() }),
    configs: async () => [found()].flatMap((lock) => lock ?? []),
    createConfig: async ({ name, labels }: { name: string; labels: Record<string, string> }) => {
      if (found() !== undefined) throw conflict();
      write(name, labels);
    },
    updateConfigLabels: async ({ name, version }: SwarmConfig, labels: Record<string, string>) => {
      if (found()?.version !== version) throw conflict();
      write(name, labels);
    },
  } as unknown as Engine;
  const outcome = await takeLock({
    ...{ engine, stack: 'prod', command: 'deploy', me: { ...BOB, ...me }, clock, signal: stop.signal },
    onWatch: (text) => told.push(text),
    onTakeover: (text) => told.push(text),
  }).catch((error: unknown) => error as BundleError);
  const after = clock.elapsed() / 1000;
  if (outcome instanceof BundleError)
    return { after, told, code: outcome.code, error: outcome.message, hints: outcome.hints };
  expect(written && holderOf(written)).toEqual(outcome);
  return { after, told, by: outcome.owner };
}

describe('the lock of somebody whose', () => {
  it('heartbeat is fresh ends the command at once', async () => {
    const held = await take({});
    expect(held).toMatchObject({ after: 0, code: 'held', told: [] });
    expect(held.error).toBe('prod is held by ann@ops1 (bundle deploy, process 77), last sign of life 3 s ago');
  });

  it('heart beats is not taken by way of a manager whose clock is ahead, and the clocks are told', async () => {
    const held = await take({ ahead: 2 * MINUTE, beats: [7, 17, 27, 37] });
    expect(held).toMatchObject({ after: 10, code: 'held' });
    expect(held.told).toEqual([
      'the lock of prod by ann@ops1 (bundle deploy): no sign of life for 123 s, if managers’ clocks agree; watching ' +
        'it for 25 s',
    ]);
    expect(held.error).toContain('last sign of life 0 s ago');
    expect(held.hints?.at(-1)).toMatch(/^the clock of the manager at ssh:\/\/m2 is about 2 min ahead of .*timedatectl/);
  });

  it('heartbeat was lost once is not taken either', async () => {
    expect(await take({ ahead: 2 * MINUTE, silentSince: 1, beats: [19] })).toMatchObject({ after: 20, code: 'held' });
  });

  it('machine slept and goes on is not told of clocks', async () => {
    const held = await take({ silentSince: 300, beats: [4] });
    expect(held).toMatchObject({ after: 5, code: 'held' });
    expect(held.hints?.join()).not.toContain('clock of the manager');
  });

  it.each([0, 2 * MINUTE])(
    'heart stands still is taken once that was seen, the asked clock %i ms ahead',
    async (ahead) => {
      const taken = await take({ ahead, silentSince: 61 });
      expect(taken).toMatchObject({ after: 25, by: 'bob@ops2' });
      expect(taken.told.at(-1)).toBe(
        `took over the lock of prod from ann@ops1 (bundle deploy): no sign of life for ${86 + ahead / 1000} s, 25 s of ` +
          'it watched',
      );
    },
  );

  it('death a manager whose clock is behind cannot date is taken after a minute of watching', async () => {
    const taken = await take({ ahead: -30 * MINUTE, silentSince: 0 });
    expect(taken).toMatchObject({ after: 60, by: 'bob@ops2' });
    expect(taken.told).toEqual([
      'the lock of prod by ann@ops1 (bundle deploy): it is dated 30 min ahead, so managers’ clocks differ; watching ' +
        'it for 60 s',
      'took over the lock of prod from ann@ops1 (bundle deploy): no sign of life for 60 s, all of it watched; it is ' +
        'dated 30 min ahead, so managers’ clocks differ',
    ]);
  });

  it('heart beats is not taken by way of such a manager', async () => {
    const held = await take({ ahead: -30 * MINUTE, beats: [47] });
    expect(held).toMatchObject({ after: 50, code: 'held' });
    expect(held.hints?.at(-1)).toContain('is about 29 min behind that of the swarm’s leader');
  });

  it.each([[{ silentSince: 3 }], [{ silentSince: 300 }], [{ ahead: -30 * MINUTE }]])(
    'process of this machine has ended is taken at once: %o',
    async (course) => {
      const taken = await take({ ...course, me: { host: 'ops1', boot: 'b1' } });
      expect(taken).toMatchObject({ after: 0, by: 'bob@ops2' });
      expect(taken.told).toEqual([expect.stringContaining('its process 77 on this machine has ended')]);
    },
  );

  it('work ends while it is watched is made anew', async () => {
    expect(await take({ silentSince: 300, freed: 12 })).toMatchObject({
      ...{ after: 15, by: 'bob@ops2', told: [expect.stringContaining('watching it')] },
    });
  });

  it('watching is interrupted stays theirs', async () => {
    expect(await take({ silentSince: 300, interrupted: 8 })).toMatchObject({
      ...{ after: 10, code: 'interrupted', error: 'interrupted; nothing was changed in the swarm' },
    });
  });
});
