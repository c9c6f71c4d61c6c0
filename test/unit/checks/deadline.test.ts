import { describe, expect, it } from 'vitest';
import type { CheckContext } from '../../../src/checks/check.ts';
import { failed, runChecks } from '../../../src/checks/run.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';
import { context } from '../../support/check-context.ts';

const never = (): Promise<never> => new Promise(() => undefined);

describe('a check that does not answer', () => {
  it('is unsure after 30 s, says what it waited for, and the others are told as they are', async () => {
    const clock = new VirtualClock();
    const told: string[] = [];
    const started = clock.now();
    const from = { ...context({ manager: { nodes: ['elsewhere'] } }, { engine: { imageInRegistry: never } }), clock };
    const results = await runChecks(from, [], { onWaiting: (text) => told.push(text) });
    expect(results.find(({ name }) => name === 'images')).toMatchObject({
      level: 'unsure',
      findings: [{ text: 'no answer within 30 s: it waited for the registries, through the engine' }],
    });
    expect(failed(results).map(({ name }) => name)).toContain('placement');
    expect(clock.now() - started).toBeLessThanOrEqual(40_000);
    expect(told[0]).toMatch(/images waits for the registries, through the engine.* \(5 s of 30 s\)$/);
    expect(told.at(-1)).toBe('images waits for the registries, through the engine (30 s of 30 s)');
  });

  it('may take away what it made: its signal says that the time is over', async () => {
    const clock = new VirtualClock();
    let tidied = false;
    const askHosts = (_wants: unknown, _nodes: unknown, signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          tidied = true;
          reject(new Error('late'));
        });
      });
    const results = await runChecks({ ...context(), askHosts, clock }, []);
    expect(tidied).toBe(true);
    expect(results.find(({ name }) => name === 'hosts')).toMatchObject({
      level: 'unsure',
      findings: [{ text: expect.stringContaining('the nodes, which run a short job each') as string }],
    });
  });
});

describe('an interruption while checks run', () => {
  /** Aborted after so many ms; with what `runChecks` then throws, the time that it took, and what it said. */
  async function interrupted(afterMs: number, askHosts: CheckContext['askHosts'], clock: VirtualClock) {
    const stop = new AbortController();
    const reason = new BundleError('interrupted', 'interrupted', { exit: EXIT.interrupted });
    void clock.sleep(afterMs).then(() => stop.abort(reason));
    const from = { ...context(), dockerCli: never, askHosts, clock };
    const thrown: unknown = await runChecks(from, [], { signal: stop.signal }).catch((error: unknown) => error);
    return { thrown, reason, ms: clock.elapsed() };
  }

  it('ends them all at once, each with the time to take away what it made, and is no finding', async () => {
    const clock = new VirtualClock();
    let tidied = false;
    const askHosts = (_wants: unknown, _nodes: unknown, signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          const end = () => {
            tidied = true;
            reject(new Error('interrupted'));
          };
          void clock.sleep(3_000).then(end);
        });
      });
    const { thrown, reason, ms } = await interrupted(1_000, askHosts, clock);
    expect(thrown).toBe(reason);
    expect(tidied).toBe(true);
    expect(ms).toBeLessThan(10_000);
  });

  it('is waited for by none that has ended', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    stop.abort(new Error('before'));
    await expect(runChecks({ ...context(), clock }, [], { signal: stop.signal })).rejects.toThrow('before');
    expect(clock.elapsed()).toBe(0);
  });
});
