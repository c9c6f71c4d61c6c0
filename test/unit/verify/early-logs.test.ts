import { describe, expect, it } from 'vitest';
import type { LogFrame, LogOptions, SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import type { LogExpectation, StackPlan } from '../../../src/sdk/definition.ts';
import { LOGS_AT_ONCE } from '../../../src/verify/at-once.ts';
import { earlyLogs, loggedTasks } from '../../../src/verify/tasks/early-logs.ts';

/** An engine whose logs are two frames each; it notes what it is asked, and which reads have ended. */
function engineOf({ failing = false } = {}) {
  const asked: [id: string, LogOptions | undefined][] = [];
  const ended: string[] = [];
  async function* taskLogs(id: string, options?: LogOptions): AsyncGenerator<LogFrame> {
    asked.push([id, options]);
    try {
      if (failing) throw new Error(`no log of ${id}`);
      for (const word of ['one', 'two']) {
        if (options?.signal?.aborted === true) return;
        yield { stream: 'stdout', data: Buffer.from(`${id} ${word}`) };
      }
    } finally {
      ended.push(id);
    }
  }
  return { asked, ended, taskLogs };
}

const WHOLE = { follow: false, timestamps: true, tty: false };

async function words(log: AsyncIterable<LogFrame>): Promise<string[]> {
  const all: string[] = [];
  for await (const { data } of log) all.push(data.toString());
  return all;
}

describe('logs that are asked for early', () => {
  it('are asked for at once, and given whole to who reads one first', async () => {
    const engine = engineOf();
    const early = earlyLogs(engine, [
      { task: { id: 'a' }, tty: false },
      { task: { id: 'b' }, tty: true },
    ]);
    const options = engine.asked.map(([id, { signal: _signal, ...rest } = {}]) => [id, rest]);
    expect(options).toEqual([
      ['a', WHOLE],
      ['b', { ...WHOLE, tty: true }],
    ]);
    expect(await words(early.taskLogs('a', WHOLE))).toEqual(['a one', 'a two']);
    expect(engine.asked).toHaveLength(2);
    // What is written since then is read anew.
    expect(await words(early.taskLogs('a', WHOLE))).toEqual(['a one', 'a two']);
    expect(engine.asked).toHaveLength(3);
  });

  it.each<[string, string, LogOptions]>([
    ['a log that nobody asked for', 'c', WHOLE],
    ['one that is followed', 'a', { ...WHOLE, follow: true }],
    ['its last records', 'a', { ...WHOLE, tail: 5 }],
    ['those since a time', 'a', { ...WHOLE, since: '2026-01-01T00:00:00Z' }],
    ['one without times', 'a', { follow: false, tty: false }],
    ['one of a terminal', 'a', { ...WHOLE, tty: true }],
    ['one as it comes', 'a', {}],
  ])('%s is asked of the engine', async (_name, id, options) => {
    const engine = engineOf();
    const early = earlyLogs(engine, [{ task: { id: 'a' }, tty: false }]);
    await words(early.taskLogs(id, options));
    expect(engine.asked.slice(1)).toEqual([[id, options]]);
  });

  it('end with who reads them: by its signal, or when it has seen enough', async () => {
    const engine = engineOf();
    const tasks = ['a', 'b'].map((id) => ({ task: { id }, tty: false }));
    const early = earlyLogs(engine, tasks);
    for await (const _frame of early.taskLogs('a', WHOLE)) break;
    expect(engine.ended).toEqual(['a']);
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { data } of early.taskLogs('b', { ...WHOLE, signal: stop.signal })) {
      seen.push(data.toString());
      stop.abort();
    }
    expect([seen, engine.ended]).toEqual([['b one'], ['a', 'b']]);
  });

  it('fail where they are read, and nowhere else', async () => {
    const early = earlyLogs(
      engineOf({ failing: true }),
      ['a', 'b'].map((id) => ({ task: { id }, tty: false })),
    );
    await new Promise((resolve) => setImmediate(resolve));
    await expect(words(early.taskLogs('a', WHOLE))).rejects.toThrow('no log of a');
  });
});

describe('tasks whose logs are asked for early', () => {
  const line = { name: 'tls' } as LogExpectation;
  const expecting = (service: string, logs: LogExpectation[]) => ({ service, logs });
  const expectations = [expecting('app', [line]), expecting('other', [])] as unknown as StackPlan['expectations'];
  const service = (id: string, name: string, stack = 'prod') =>
    ({
      ...{ id, name: `${stack}_${name}`, tty: false, spec: {} },
      labels: { 'com.docker.stack.namespace': stack },
    }) as unknown as SwarmService;
  const task = (id: string, serviceId: string, state = 'running') => ({ id, serviceId, state }) as SwarmTask;

  it('run, of this stack’s services in whose logs something is looked for', () => {
    const services = [service('s1', 'app'), service('s2', 'other'), service('s3', 'app', 'test')];
    const tasks = [task('a', 's1'), task('b', 's1', 'starting'), task('c', 's2'), task('d', 's3'), task('e', 'gone')];
    expect(loggedTasks('prod', expectations, services, tasks).map((each) => each.task.id)).toEqual(['a']);
  });

  it('are no more than are read at once', () => {
    const tasks = Array.from({ length: LOGS_AT_ONCE + 5 }, (_unused, index) => task(`t${index}`, 's1'));
    expect(loggedTasks('prod', expectations, [service('s1', 'app')], tasks)).toHaveLength(LOGS_AT_ONCE);
  });
});
