import { describe, expect, test } from 'vitest';
import type { Engine, LogFrame, LogOptions, SwarmTask } from '../../../../src/engine/port.ts';
import { BundleError } from '../../../../src/errors.ts';
import { limitConcurrency } from '../../../../src/verify/at-once.ts';
import { findLines } from '../../../../src/verify/tasks/logs.ts';
import type { LineResult } from '../../../../src/verify/tasks/search.ts';
import { FakeSwarm, lines, silence } from '../../converge/fake-swarm.ts';
import { VirtualClock } from '../../converge/virtual-clock.ts';

const TLS = 'TLS: Enabled';

function setUp(change: Partial<SwarmTask> = {}) {
  const clock = new VirtualClock();
  const swarm = new FakeSwarm(clock);
  const task = swarm.task(swarm.service('app'), change);
  const find = async (
    log: (options: LogOptions) => AsyncIterable<LogFrame>,
    options: { seconds?: number; patterns?: string[]; tty?: boolean; signal?: AbortSignal } = {},
  ): Promise<LineResult[]> => {
    const engine: Pick<Engine, 'taskLogs'> = { taskLogs: (_id, asked) => log(asked ?? {}) };
    const deadline = clock.now() + (options.seconds ?? 30) * 1000;
    const patterns = options.patterns ?? [TLS];
    const found = await findLines(engine, task, patterns, {
      deadline,
      giveUpAt: deadline + 10_000,
      tty: options.tty ?? false,
      inTurn: (work) => work(),
      clock,
      signal: options.signal,
    });
    return patterns.map((pattern) => found.get(pattern)!);
  };
  return { clock, swarm, task, find };
}

async function* frames(...parts: [LogFrame['stream'], string][]): AsyncIterable<LogFrame> {
  for (const [stream, text] of parts) yield { stream, data: Buffer.from(text) };
}

describe('findLines', () => {
  test('finds a line on either stream, anywhere in it, with its time', async () => {
    const { find } = setUp();
    const [found] = await find(() => lines(['2026-01-01T00:00:01.5Z [main] TLS: Enabled (1.2)'], 'stderr'));
    expect(found).toEqual({ is: 'found', line: '[main] TLS: Enabled (1.2)', time: '2026-01-01T00:00:01.5Z' });
  });

  test('puts together a line that comes in pieces, while the other stream comes between', async () => {
    const { find } = setUp();
    const [found] = await find(() =>
      frames(['stdout', '2026-01-01T00:00:01Z TLS: En'], ['stderr', 'noise TLS: \n'], ['stdout', 'abled\nmore\n']),
    );
    expect(found).toMatchObject({ is: 'found', line: TLS });
  });

  test.each([
    ['map = A:SSL', 'found'],
    ['map = A:SSL\r', 'found'],
    ['map = A:SSL,B:PLAINTEXT', 'missing'],
  ])('a pattern with a line break at its end is the end of a line: %j', async (line, is) => {
    const { find } = setUp();
    const found = await find(() => lines([`2026-01-01T00:00:01Z ${line}`]), {
      seconds: 0,
      patterns: ['map = A:SSL\n', 'map = A:SSL'],
    });
    expect(found).toMatchObject([{ is }, { is: 'found' }]);
  });

  test('does not join the two streams', async () => {
    const { find } = setUp();
    expect(await find(() => frames(['stdout', 'TLS: '], ['stderr', 'Enabled\n']), { seconds: 0 })).toMatchObject([
      { is: 'missing' },
    ]);
  });

  test('sees through colours', async () => {
    const { find } = setUp();
    expect(await find(() => lines(['\u001b[1;32mTLS:\u001b[0m Enabled']))).toMatchObject([{ is: 'found', line: TLS }]);
  });

  test('takes out the time that the engine puts into a long line at each 16 KiB', async () => {
    const { find } = setUp();
    const filler = 'x'.repeat(16_380);
    const log = () =>
      frames(['stdout', `2026-01-01T00:00:01Z ${filler}TLS:`], ['stdout', '2026-01-01T00:00:01Z  Enabled\n']);
    expect(await find(log)).toMatchObject([{ is: 'found' }]);
  });

  test('finds what lies across the bound of a line without end', async () => {
    const { find } = setUp();
    const log = () => frames(['stdout', 'x'.repeat(64 * 1024 - 5) + TLS + 'x'.repeat(200_000)]);
    expect(await find(log)).toMatchObject([{ is: 'found' }]);
  });

  test('finds a line that has no end yet', async () => {
    const { find } = setUp();
    expect(await find(() => frames(['stdout', TLS]), { seconds: 0 })).toMatchObject([{ is: 'found' }]);
  });

  test('reads unframed logs of a terminal, times and all', async () => {
    const { find } = setUp();
    const log = () =>
      frames(['stdout', '2026-01-01T00:00:01Z a\r\n2026-01-'], ['stdout', '01T00:00:02Z TLS: Enabled\r\n']);
    expect(await find(log, { tty: true })).toMatchObject([{ is: 'found', time: '2026-01-01T00:00:02Z' }]);
  });

  test('counts the lines of a terminal’s log, not its pieces, to tell how much of it is kept', async () => {
    const spec = { LogDriver: { Name: 'json-file', Options: { 'max-size': '1k', 'max-file': '2' } } };
    const { find } = setUp({ spec });
    const log = () => frames(['stdout', '2026-01-01T00:00:01Z a\r\n'.repeat(20)]);
    expect(await find(log, { seconds: 0, tty: true })).toMatchObject([
      { is: 'unsure', reason: expect.stringContaining('keeps 2 × 1k') },
    ]);
  });

  test('follows only for what is not there yet', async () => {
    const { clock, find } = setUp();
    const asked: boolean[] = [];
    const log = async function* (options: LogOptions): AsyncIterable<LogFrame> {
      asked.push(options.follow === true);
      yield { stream: 'stdout', data: Buffer.from('one: yes\n') };
      if (options.follow !== true) return;
      await clock.sleep(20_000);
      yield { stream: 'stdout', data: Buffer.from(`${TLS}\n`) };
      await clock.sleep(1e9, options.signal).catch(() => undefined);
    };
    expect(await find(log, { patterns: ['one: yes'] })).toMatchObject([{ is: 'found' }]);
    expect(asked).toEqual([false]);
    expect(await find(log, { patterns: ['one: yes', TLS] })).toMatchObject([{ is: 'found' }, { is: 'found' }]);
    expect(asked).toEqual([false, false, true]);
    expect(clock.elapsed()).toBeLessThan(21_000);
  });

  test('says missing only after a read to the end at the deadline', async () => {
    const { clock, find } = setUp();
    const log = (options: LogOptions): AsyncIterable<LogFrame> =>
      options.follow === true ? silence(options) : lines(['2026-01-01T00:00:00Z hello']);
    expect(await find(log)).toEqual([{ is: 'missing', reason: 'no such line in the whole log' }]);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(29_000);
  });

  test('says that a task wrote nothing only where its log driver would keep it', async () => {
    const ofStack = setUp({
      spec: { LogDriver: { Name: 'json-file', Options: { 'max-size': '50m', 'max-file': '5' } } },
    });
    expect(await ofStack.find(() => lines([]), { seconds: 0 })).toEqual([
      { is: 'missing', reason: 'the task has written nothing' },
    ]);
    expect(await setUp().find(() => lines([]), { seconds: 0 })).toMatchObject([
      { is: 'unsure', reason: expect.stringContaining('may keep none') },
    ]);
  });

  test('finds a line in JSON, whatever its writer escaped', async () => {
    const { find } = setUp();
    const log = () =>
      lines(['{"level":"info","msg":"\\u001b[32mTLS:\\u001b[0m \\"Enabled\\" \\u003cwss:\\/\\/node1\\u003e"}']);
    expect(await find(log, { patterns: ['TLS: "Enabled"', '<wss://node1>'] })).toMatchObject([
      { is: 'found' },
      { is: 'found' },
    ]);
    expect(
      await find(() => lines(['path C:\\"x"']), { patterns: ['C:"x"'], seconds: 0 }),
      'what is no JSON is left alone',
    ).toMatchObject([{ is: 'missing' }]);
  });

  test('is unsure where the read hangs', async () => {
    const { clock, find } = setUp();
    const [result] = await find(silence);
    expect(result).toMatchObject({ is: 'unsure', reason: expect.stringContaining('may be cut off') });
    expect(clock.elapsed()).toBeLessThanOrEqual(40_000);
  });

  test('is unsure where the node is cut off while it follows', async () => {
    const { clock, find } = setUp();
    const log = (options: LogOptions): AsyncIterable<LogFrame> =>
      options.follow === true || clock.elapsed() > 5_000 ? silence(options) : lines(['hello']);
    expect(await find(log)).toMatchObject([{ is: 'unsure' }]);
  });

  test('is unsure, in the engine\u2019s words, where the engine could not read', async () => {
    const { find } = setUp();
    const log = () =>
      frames([
        'system',
        'Error grabbing logs: rpc error: code = Unknown desc = warning: incomplete log stream. some logs could ' +
          'not be retrieved for the following reasons: node b is not available',
      ]);
    expect(await find(log)).toEqual([
      {
        is: 'unsure',
        reason:
          'the engine could not read the log: some logs could not be retrieved for the following reasons: node ' +
          'b is not available; `docker node ls` says whether its node is there',
      },
    ]);
  });

  test('keeps what it found before the engine gave up', async () => {
    const { find } = setUp();
    const log = () => frames(['stdout', `${TLS}\n`], ['system', 'gone']);
    expect(await find(log, { patterns: [TLS, 'other'] })).toMatchObject([{ is: 'found' }, { is: 'unsure' }]);
  });

  test('is unsure where an engine call fails, and tries again before', async () => {
    const { find } = setUp();
    let calls = 0;
    const failing = async function* (): AsyncIterable<LogFrame> {
      calls += 1;
      if (calls < 3) throw new BundleError('engine-unreachable', 'socket hang up');
      yield { stream: 'stdout', data: Buffer.from(`${TLS}\n`) };
    };
    expect(await find(failing)).toMatchObject([{ is: 'found' }]);
    calls = -20;
    expect(await find(failing), 'an engine that restarts').toMatchObject([{ is: 'found' }]);
    calls = -40;
    expect(await find(failing)).toMatchObject([{ is: 'unsure', reason: expect.stringContaining('socket hang up') }]);
  });

  test('is unsure where the log\u2019s beginning was rotated away, and where nothing is kept', async () => {
    const rotated = setUp();
    const log = () => lines(Array.from({ length: 1000 }, () => '2026-01-01T03:00:00Z a line of no interest'));
    expect(await rotated.find(log, { seconds: 0 })).toMatchObject([
      { is: 'unsure', reason: expect.stringContaining('rotated away') },
    ]);
    const none = setUp({ spec: { LogDriver: { Name: 'none' } } });
    expect(await none.find(() => lines([]))).toMatchObject([
      { is: 'unsure', reason: expect.stringContaining('"none"') },
    ]);
  });

  test('goes on with a big log where it stopped, and looks at its end once more before it says missing', async () => {
    const { clock, find } = setUp();
    const asked: Record<string, unknown>[] = [];
    const noise = Array.from(
      { length: 20_000 },
      () => '2026-01-01T00:00:10Z a log line of the usual length, as a Java program writes them',
    );
    const log =
      (newer: number) =>
      (options: LogOptions): AsyncIterable<LogFrame> => {
        const { follow, since, tail } = options;
        asked.push({ follow, since, tail });
        if (since === undefined) return lines(noise);
        if (follow === true) return silence(options);
        return lines([
          ...noise.slice(0, newer),
          ...(newer < (tail ?? Infinity) ? [`2026-01-01T00:00:20Z ${TLS}`] : []),
        ]);
      };
    const since = '2026-01-01T00:00:08.000Z';
    expect(await find(log(10))).toMatchObject([{ is: 'found' }]);
    expect(asked).toEqual([
      { follow: false },
      { follow: true, since, tail: 100_000 },
      { follow: false, since, tail: 1_000 },
    ]);
    expect(clock.elapsed()).toBeLessThan(31_000);
    asked.length = 0;
    expect(await find(log(1_000)), 'more than the look at the end takes in').toMatchObject([{ is: 'found' }]);
    expect(asked.slice(2)).toEqual([
      { follow: false, since, tail: 1_000 },
      { follow: false, since, tail: 100_000 },
    ]);
  });

  test('waits for a line without holding up the reading of other logs', async () => {
    const clock = new VirtualClock();
    const swarm = new FakeSwarm(clock);
    const service = swarm.service('app');
    const [waits, ready] = [swarm.task(service), swarm.task(service)];
    const engine: Pick<Engine, 'taskLogs'> = {
      taskLogs: (id, options = {}) =>
        id === ready.id ? lines([TLS]) : options.follow === true ? silence(options) : lines(['not yet']),
    };
    const deadline = clock.now() + 60_000;
    const options = { deadline, giveUpAt: deadline + 10_000, tty: false, inTurn: limitConcurrency(1), clock };
    const waiting = findLines(engine, waits, [TLS], options);
    expect((await findLines(engine, ready, [TLS], options)).get(TLS)).toMatchObject({ is: 'found' });
    expect(clock.elapsed()).toBeLessThan(1_000);
    expect((await waiting).get(TLS)).toMatchObject({ is: 'missing' });
  });

  test('ends at once when aborted', async () => {
    const { clock, find } = setUp();
    const stop = new AbortController();
    const search = find(silence, { signal: stop.signal });
    void clock.sleep(500).then(() => stop.abort());
    await expect(search).rejects.toThrow();
    expect(clock.elapsed()).toBeLessThan(1_000);
  });

  test('reads a big log in little memory', async () => {
    const { find } = setUp();
    const chunk = Buffer.from(
      '2026-01-01T00:00:01Z a log line of the usual length, as a Java program writes them all day long\n'.repeat(600),
    );
    const big = async function* (): AsyncIterable<LogFrame> {
      for (let i = 0; i < 2_000; i++) yield { stream: 'stdout', data: Buffer.from(chunk) };
      yield { stream: 'stdout', data: Buffer.from(`${TLS}\n`) };
    };
    // What the whole process has is of other tests too, which run beside this one in threads of their own.
    const ofThread = (): number => process.memoryUsage().heapUsed + process.memoryUsage().external;
    const before = ofThread();
    expect(await find(big)).toMatchObject([{ is: 'found' }]);
    expect((ofThread() - before) / 2 ** 20).toBeLessThan(100);
  });
});
