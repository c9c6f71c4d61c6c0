import { describe, expect, it } from 'vitest';
import { BundleError } from '../../../src/errors.ts';
import type { Container } from '../../../src/engine/port.ts';
import { ContainerEngine } from '../../../src/run-target/container-engine.ts';
import type { RunHost } from '../../../src/run-target/host-containers.ts';
import { withRestarts, type RestartOptions } from '../../../src/run-target/restarts.ts';
import type { CheckResult } from '../../../src/verify/result.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';
import { containerOf } from './support.ts';

const BACKOFF_MS = 100;

/** A container that was made at one moment and ends at others, in ms of the clock, as its engine tells of it. */
function living(clock: VirtualClock, createdAt: number, ends: readonly number[], before = 0): () => Container {
  return () => {
    const past = ends.filter((at) => at <= clock.elapsed());
    const last = past.at(-1);
    const back = last === undefined ? createdAt : last + BACKOFF_MS;
    return containerOf(clock, 'a', {
      createdAt: clock.iso(createdAt),
      startedAt: clock.iso(clock.elapsed() >= back ? back : createdAt),
      status: clock.elapsed() >= back ? 'running' : 'restarting',
      exitCode: clock.elapsed() >= back ? 0 : 3,
      restarts: past.length + before,
      ...(last === undefined ? {} : { finishedAt: clock.iso(last) }),
    });
  };
}

const every = (ms: number, from: number, times: number): number[] =>
  Array.from({ length: times }, (_one, index) => from + index * ms);

const RUNNING: CheckResult = { service: 'a', task: 'id-a', check: 'running', status: 'passed', detail: 'since then' };

async function look(
  clock: VirtualClock,
  container: () => Container | undefined,
  over: Partial<RestartOptions> & { ahead?: number } = {},
): Promise<{ stable: CheckResult | undefined; running: string; waited: number }> {
  const host: RunHost = {
    name: 'n1',
    address: '10.0.0.1',
    engine: {
      address: { url: 'unix:///n1', source: 'test' },
      info: () => Promise.resolve({ systemTime: clock.iso(clock.elapsed() + (over.ahead ?? 0)) } as never),
      containers: async () => [container()].filter((one) => one !== undefined),
      containerLogs: () => {
        throw new Error('not asked');
      },
      startContainerJob: () => Promise.reject(new Error('not asked')),
      removeContainer: () => Promise.reject(new Error('not asked')),
    },
  };
  const made = { image: 'image:1', hosts: [], environment: {} };
  const engine = new ContainerEngine(
    [host],
    {
      stack: 'prod',
      networks: ['net'],
      several: false,
      services: { a: { host: 'n1', hostPorts: [], paths: [], made } },
    },
    clock,
  );
  const timeoutMs = over.timeoutMs ?? 300_000;
  const results = await withRestarts(engine, [RUNNING], {
    stack: 'prod',
    expectations: [{ service: 'a', startGraceSeconds: 0 }],
    clock,
    timeoutMs,
    named: false,
    endsAt: clock.now() + timeoutMs,
    ...over,
  });
  return {
    stable: results.find(({ check }) => check === 'stable'),
    running: results.find(({ check }) => check === 'running')?.detail ?? '',
    waited: Math.round(clock.elapsed() / 1000),
  };
}

describe('a container that its engine restarts', () => {
  it('again and again does not stay', async () => {
    const clock = new VirtualClock();
    // Seven ends by now; it ends at 30 s and 80 s more.
    const { stable, waited } = await look(clock, living(clock, -370_000, every(50_000, -320_000, 20)));
    expect(stable).toMatchObject({ service: 'a', task: 'id-a', node: 'n1', status: 'failed' });
    expect(stable?.detail).toBe(
      `it does not stay up: its engine restarted it 9 times; while it was looked at it ended 2 times, the last time ` +
        `at ${clock.iso(80_000)} with exit code 3; docker logs prod_a on n1 shows more`,
    );
    expect(waited).toBe(80);
  });

  it('has proved nothing if the time is up first', async () => {
    const clock = new VirtualClock();
    const { stable, waited } = await look(clock, living(clock, -370_000, every(50_000, -320_000, 7)), {
      timeoutMs: 60_000,
    });
    expect(stable).toMatchObject({
      status: 'unsure',
      detail:
        `its engine restarted it 7 times, the last time at ${clock.iso(-19_900)}; it has run too short a time to tell ` +
        'that it stays; docker logs prod_a on n1 shows more',
    });
    expect(waited).toBe(60);
  });

  it('while it starts stays once it has outlived those runs', async () => {
    const clock = new VirtualClock();
    const { stable, running, waited } = await look(clock, living(clock, -40_000, [-35_000, -25_000, -5_000]));
    expect(stable).toBeUndefined();
    // Twice (35 s / 3), less the 4.9 s that it runs already.
    expect(waited).toBe(19);
    expect(running).toBe(`since then; restarted 3 times by its engine, the last time at ${clock.iso(-4_900)}`);
  });

  it('while it starts is not blamed before its time for that is over', async () => {
    const clock = new VirtualClock();
    const { stable } = await look(clock, living(clock, -60_000, every(20_000, -40_000, 50)), {
      expectations: [{ service: 'a', startGraceSeconds: 900 }],
      timeoutMs: 100_000,
    });
    expect(stable?.status).toBe('unsure');
  });

  it('is told of, too, if it stays and that was asked for by name', async () => {
    const named = true;
    const stays = async (container: (clock: VirtualClock) => () => Container, over = {}) => {
      const clock = new VirtualClock();
      return (await look(clock, container(clock), { named, ...over })).stable;
    };
    const of = { service: 'a', task: 'id-a', node: 'n1' };
    expect(await stays((clock) => living(clock, -30 * 86_400_000, []))).toMatchObject({
      ...of,
      status: 'passed',
      detail: 'its engine has not restarted it',
    });
    expect(await stays((clock) => living(clock, -40_000, [-35_000, -25_000, -5_000]))).toMatchObject({
      ...of,
      status: 'passed',
      detail: expect.stringContaining('it has run long enough since it was restarted 3 times') as string,
    });
    expect(await stays((clock) => living(clock, -40_000, [-1_000]))).toMatchObject({
      status: 'passed',
      detail: expect.stringMatching(/^it was restarted once by its engine, .* which is no loop$/) as string,
    });
    expect(await stays((clock) => () => containerOf(clock, 'a', { status: 'restarting', restarts: 1 }))).toMatchObject({
      status: 'unsure',
      detail: expect.stringContaining('is at it again') as string,
    });
    const loop = (clock: VirtualClock) => living(clock, -370_000, every(50_000, -320_000, 20));
    expect((await stays(loop))?.status).toBe('failed');
    expect((await stays(loop, { timeoutMs: 10_000 }))?.status).toBe('unsure');
    expect(await stays((clock) => () => containerOf(clock, 'a', { status: 'exited', exitCode: 3 }))).toBeUndefined();
  });

  it('once in a month is not waited for', async () => {
    const clock = new VirtualClock();
    const { stable, running, waited } = await look(clock, living(clock, -30 * 86_400_000, [-20_000]));
    expect([stable, waited]).toEqual([undefined, 0]);
    expect(running).toContain('; restarted once by its engine');
  });

  it('a month ago, often, is not waited for; its host’s clock is what counts', async () => {
    const clock = new VirtualClock();
    const ahead = 3_600_000;
    const old = living(clock, -30 * 86_400_000, every(60_000, -29 * 86_400_000, 9));
    expect(await look(clock, old)).toMatchObject({ stable: undefined, waited: 0 });
    const later = (time: string): string => new Date(Date.parse(time) + ahead).toISOString();
    const alive = living(clock, -370_000, every(50_000, -320_000, 7));
    const young = await look(
      clock,
      () => {
        const { createdAt, startedAt, finishedAt = '', ...rest } = alive();
        return { ...rest, createdAt: later(createdAt), startedAt: later(startedAt), finishedAt: later(finishedAt) };
      },
      { ahead, timeoutMs: 10_000 },
    );
    expect(young.stable?.status).toBe('unsure');
  });

  it('and that ends for good, or is removed meanwhile, fails', async () => {
    for (const [then, detail] of [
      [{ status: 'exited', exitCode: 4 }, /^it is exited, with exit code 4; docker logs/],
      [undefined, /^it was removed while it was looked at/],
    ] as const) {
      const clock = new VirtualClock();
      const alive = living(clock, -370_000, every(50_000, -320_000, 7));
      const { stable } = await look(clock, () => (clock.elapsed() < 5_000 ? alive() : then && { ...alive(), ...then }));
      expect(stable).toMatchObject({ status: 'failed', detail: expect.stringMatching(detail) as string });
    }
  });

  it('whose engine does not answer any more has proved nothing', async () => {
    const clock = new VirtualClock();
    const alive = living(clock, -40_000, [-35_000, -25_000, -5_000]);
    const { stable } = await look(
      clock,
      () => {
        if (clock.elapsed() > 5_000) throw new BundleError('engine-unreachable', 'no answer');
        return alive();
      },
      { timeoutMs: 60_000 },
    );
    expect(stable?.status).toBe('unsure');
  });

  it('is not looked at if its service is not', async () => {
    const clock = new VirtualClock();
    const alive = living(clock, -370_000, every(50_000, -320_000, 20));
    expect(await look(clock, alive, { expectations: [] })).toMatchObject({ stable: undefined, waited: 0 });
  });

  it('and was not waited for is told as it is, and its progress while it is', async () => {
    const clock = new VirtualClock();
    const alive = living(clock, -370_000, every(50_000, -320_000, 7));
    const now = await look(clock, alive, { endsAt: clock.now() });
    expect([now.stable?.status, now.waited]).toEqual(['unsure', 0]);
    const waits: [string[], number][] = [];
    await look(clock, alive, {
      timeoutMs: 3_000,
      onWaiting: (open, { elapsedMs }) =>
        waits.push([open.map(({ service, checks }) => `${service} ${checks.join()}`), elapsedMs]),
    });
    expect(waits).toEqual([0, 1_000, 2_000].map((ms) => [['a stable'], ms]));
  });
});
