import { describe, expect, test } from 'vitest';
import type { CommandIo } from '../../../../src/cli/io.ts';
import type { ConvergeOptions, ServiceProgress } from '../../../../src/converge/options.ts';
import { EarlyVerification } from '../../../../src/verify/bundle/early.ts';
import { progressFrom } from '../../../../src/verify/bundle/progress.ts';
import { verification, type CheckResult, type Verification } from '../../../../src/verify/result.ts';

const io = { signal: new AbortController().signal } as CommandIo;
const good = verification('prod', [{ service: 'app', check: 'TLS', status: 'passed', detail: '' }]);
const service = (running: number, state: ServiceProgress['state'] = 'waiting'): ServiceProgress => ({
  name: 'app',
  running,
  wanted: 2,
  phase: '',
  state,
});

/** What it was called with, and what the wait is given. */
function setUp(verify: (notBefore: Promise<void>) => Promise<Verification>) {
  const signals: AbortSignal[] = [];
  const early = new EarlyVerification(({ signal }, notBefore) => {
    signals.push(signal);
    return verify(notBefore);
  }, io);
  const seen: ServiceProgress[][] = [];
  const wait: Pick<ConvergeOptions, 'onProgress'> = early.during({ onProgress: (services) => seen.push(services) });
  return { early, signals, seen, progress: (...services: ServiceProgress[]) => wait.onProgress?.(services) };
}

describe('EarlyVerification', () => {
  test('begins once, when all tasks run, and ends after the wait', async () => {
    let ended = false;
    const { early, signals, seen, progress } = setUp(async (notBefore) => {
      await notBefore;
      ended = true;
      return good;
    });
    progress(service(1), service(2));
    expect(signals).toEqual([]);
    progress(service(2), service(2));
    progress(service(1), service(2));
    progress(service(2), service(2, 'converged'));
    expect(signals).toHaveLength(1);
    expect(seen).toHaveLength(4);
    await new Promise((next) => setImmediate(next));
    expect(ended).toBe(false);
    expect(await early.converged()).toBe(good);
  });

  test('does not begin where a service failed', async () => {
    const { early, signals, progress } = setUp(async () => good);
    progress(service(2, 'failed'));
    expect(signals).toEqual([]);
    expect(await early.converged()).toBeUndefined();
  });

  test('a verdict from before the end of the wait counts for nothing', async () => {
    const { early, progress } = setUp(async () => good);
    progress(service(2));
    await new Promise((next) => setImmediate(next));
    expect(await early.converged()).toBeUndefined();
  });

  test('an error before the end of the wait counts for nothing, one after it is thrown', async () => {
    const before = setUp(() => Promise.reject(new Error('away')));
    before.progress(service(2));
    await new Promise((next) => setImmediate(next));
    expect(await before.early.converged()).toBeUndefined();
    const after = setUp((notBefore) => notBefore.then(() => Promise.reject(new Error('away'))));
    after.progress(service(2));
    await expect(after.early.converged()).rejects.toThrow('away');
  });

  test('is stopped with the wait, and has cleared up by then', async () => {
    let cleared = false;
    const { early, signals, progress } = setUp(async () => {
      await new Promise((stopped) => signals[0]?.addEventListener('abort', stopped));
      await new Promise((next) => setImmediate(next));
      cleared = true;
      throw new Error('interrupted');
    });
    progress(service(2));
    await early.stop();
    expect(cleared).toBe(true);
  });
});

describe('progressFrom', () => {
  const result: CheckResult = { service: 'app', check: 'TLS', status: 'passed', detail: 'seen' };

  test('shows nothing before, then what came and what comes', async () => {
    const shown: string[] = [];
    let begin = (): void => undefined;
    const progress = progressFrom(new Promise((resolve) => (begin = resolve)), () => {
      shown.push('table');
      return { onResult: ({ detail }) => void shown.push(detail), onWaiting: () => void shown.push('waiting') };
    });
    progress.onResult(result);
    progress.onWaiting([], { elapsedMs: 0, timeoutMs: 1 });
    expect(shown).toEqual([]);
    begin();
    await new Promise((next) => setImmediate(next));
    progress.onResult({ ...result, detail: 'later' });
    progress.onWaiting([], { elapsedMs: 0, timeoutMs: 1 });
    expect(shown).toEqual(['table', 'seen', 'later', 'waiting']);
  });
});
