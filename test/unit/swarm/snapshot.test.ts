import { describe, expect, it } from 'vitest';
import { converge } from '../../../src/converge/converge.ts';
import type { Engine } from '../../../src/engine/port.ts';
import { Snapshots } from '../../../src/swarm/snapshot.ts';
import { createRedactor } from '../../../src/ui/redact.ts';
import { FakeSwarm } from '../converge/fake-swarm.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

const SLOW_MS = 20_000;

/** A swarm whose lists are of the moment when they are asked for, and come later if that is between two moments. */
function slowSwarm({ from = 0, to = Infinity } = {}) {
  const clock = new VirtualClock();
  const swarm = new FakeSwarm(clock);
  const quick = swarm.engine();
  const late = async <T>(answer: Promise<T>): Promise<T> => {
    const asked = clock.elapsed();
    const value = await answer;
    if (asked >= from && asked < to) await clock.sleep(SLOW_MS);
    return value;
  };
  const engine: Engine = {
    ...quick,
    nodes: () => late(quick.nodes()),
    services: (filter) => late(quick.services(filter)),
    tasks: (filter) => late(quick.tasks(filter)),
  };
  return { clock, swarm, engine, snapshots: new Snapshots(engine, 'prod', clock, undefined) };
}

describe('lists that take longer than is waited for at once', () => {
  it('are waited for on, and count as of when they were asked for', async () => {
    const { clock, swarm, snapshots } = slowSwarm();
    swarm.ahead = 3_600_000;
    swarm.task(swarm.service('app'));
    const snapshot = await snapshots.read(Infinity);
    expect(clock.elapsed()).toBe(SLOW_MS);
    // Once more beside it after 16 s: the connection might have died.
    expect(swarm.calls.sort()).toEqual(['nodes', 'nodes', 'services', 'services', 'tasks', 'tasks']);
    expect(snapshot).toMatchObject({
      tasks: [{ id: 't001' }],
      nodesAreFresh: true,
      askedAt: clock.start,
      managersNow: clock.start + swarm.ahead,
    });
    // Of the nodes too: they are that old.
    expect((await snapshots.read(Infinity)).nodesAreFresh).toBe(true);
  });

  it('of what still stops too', async () => {
    const { clock, swarm, snapshots } = slowSwarm();
    swarm.task(swarm.service('app'), { desiredState: 'shutdown' });
    expect(await snapshots.stopping(Infinity)).toHaveLength(1);
    expect([clock.elapsed(), swarm.calls]).toEqual([SLOW_MS, ['tasks of all', 'tasks of all']]);
  });

  it('are asked for anew if this machine slept meanwhile: they are of before', async () => {
    const { clock, swarm, snapshots } = slowSwarm({ to: 1_000 });
    swarm.task(swarm.service('app'));
    void clock.sleep(10_000).then(() => {
      clock.missedMs = 600_000;
    });
    const snapshot = await snapshots.read(Infinity);
    expect(swarm.calls.filter((call) => call === 'tasks')).toHaveLength(2);
    expect(snapshot.askedAt).toBe(clock.start + 16_000);
  });

  it('and were read before the first look count as of when they were asked for, too', async () => {
    const { clock, swarm, engine } = slowSwarm();
    const { services, tasks, nodes } = swarm;
    const askedAt = clock.start - SLOW_MS;
    const info = await engine.info();
    const first = { services, tasks, allTasks: [], nodes, info, askedAt, at: clock.start, infoAt: clock.start };
    const snapshot = await new Snapshots(engine, 'prod', clock, undefined, first).read(Infinity);
    expect([snapshot.askedAt, snapshot.managersNow]).toEqual([askedAt, askedAt]);
  });

  it('and were read before the first look: the managers’ clock is that of when the engine told of itself', async () => {
    const { clock, swarm, engine } = slowSwarm();
    const { services, tasks, nodes } = swarm;
    const info = { ...(await engine.info()), systemTime: new Date(clock.start - 1_000 + 5_000).toISOString() };
    const first = { services, tasks, allTasks: [], nodes, info, askedAt: clock.start, at: clock.start };
    const snapshots = new Snapshots(engine, 'prod', clock, undefined, { ...first, infoAt: clock.start - 1_000 });
    expect((await snapshots.read(Infinity)).managersNow).toBe(clock.start + 5_000);
  });

  it('and were read before the first look tell what still stops, until they are two seconds old', async () => {
    const { clock, swarm, engine } = slowSwarm({ from: Infinity });
    const { services, tasks, nodes } = swarm;
    const stopping = swarm.task(swarm.service('app'), { desiredState: 'shutdown' });
    const now = clock.start;
    const first = {
      services,
      tasks,
      allTasks: [stopping],
      nodes,
      info: await engine.info(),
      askedAt: now,
      at: now,
      infoAt: now,
    };
    const snapshots = new Snapshots(engine, 'prod', clock, undefined, first);
    expect([await snapshots.stopping(Infinity), swarm.calls]).toEqual([[stopping], []]);
    swarm.tasks = [];
    await clock.sleep(2_000);
    expect([await snapshots.stopping(Infinity), swarm.calls]).toEqual([[], ['tasks of all']]);
  });

  it('whose connection died in silence come over another one', async () => {
    const { clock, swarm, snapshots } = slowSwarm({ to: 0 });
    swarm.task(swarm.service('app'));
    swarm.trouble = () => new Promise(() => undefined);
    void clock.sleep(10_000).then(() => (swarm.trouble = undefined));
    const snapshot = await snapshots.read(Infinity);
    expect([snapshot.askedAt, clock.elapsed()]).toEqual([clock.start + 16_000, 16_000]);
  });

  it('that are no longer waited for are an error', async () => {
    const { swarm, snapshots } = slowSwarm();
    swarm.trouble = () => new Promise(() => undefined);
    await expect(snapshots.read(Infinity)).rejects.toThrow('gave no answer');
  });

  it('prove nothing of the time that they took: a task is steady from one picture to another', async () => {
    const { clock, swarm, engine } = slowSwarm({ from: 300 });
    swarm.task(swarm.service('app'));
    const options = { stack: 'prod', expectations: [], timeoutMs: 300_000, clock, redactor: createRedactor([]) };
    expect(await converge(engine, options)).toMatchObject([{ kind: 'converged' }]);
    // At once, after 0.4 s, and when the second was answered; the two slow ones once more beside.
    expect(swarm.calls.filter((call) => call === 'tasks')).toHaveLength(5);
  });
});
