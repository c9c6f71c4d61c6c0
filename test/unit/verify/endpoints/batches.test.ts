import { describe, expect, test } from 'vitest';
import { BundleError } from '../../../../src/errors.ts';
import { Batches } from '../../../../src/verify/endpoints/batches.ts';
import type { EndpointSubject, InsideProber } from '../../../../src/verify/endpoints/types.ts';
import { VirtualClock } from '../../converge/virtual-clock.ts';

const subject = (service: string): EndpointSubject => ({
  service,
  task: {} as EndpointSubject['task'],
  endpoint: { kind: 'tcp', name: 'x', port: 1 },
});

function setUp(prober: (asked: string[], clock: VirtualClock) => Promise<void>) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const batches: string[][] = [];
  const deadlines: number[] = [];
  const ask: InsideProber = async (subjects, { deadline }) => {
    batches.push(subjects.map(({ service }) => service));
    deadlines.push(deadline);
    await prober(
      subjects.map(({ service }) => service),
      clock,
    );
    return new Map(
      subjects
        .filter(({ service }) => service !== 'mute')
        .map((one) => [one, { status: 'passed', detail: one.service }]),
    );
  };
  return { clock, stop, batches, deadlines, work: new Batches(ask, clock, { giveUpAt: 99_000, signal: stop.signal }) };
}

describe('questions for inside', () => {
  test('those of a moment go together, later ones in the next batch', async () => {
    const { clock, batches, deadlines, work } = setUp(async (_asked, at) => at.sleep(5_000));
    const first = Promise.all([work.ask(subject('a'), 10), work.ask(subject('b'), 30)]);
    await clock.sleep(2_000);
    const second = Promise.all([work.ask(subject('c'), 5), work.ask(subject('mute'), 5)]);
    expect((await first).map(({ detail }) => detail)).toEqual(['a', 'b']);
    expect((await second).map(({ status }) => status)).toEqual(['passed', 'unsure']);
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'mute'],
    ]);
    expect(deadlines).toEqual([30, 5]);
  });

  test('what the engine refuses is an outcome, a bug is none', async () => {
    const refused = setUp(async () => {
      throw new BundleError('engine-error', 'no such image');
    });
    expect(await refused.work.ask(subject('a'), 1)).toMatchObject({
      status: 'unsure',
      detail: expect.stringContaining('no such image'),
    });
    expect(await refused.work.ask(subject('b'), 1), 'and the next is asked').toMatchObject({ status: 'unsure' });
    expect(refused.batches).toHaveLength(2);
    const broken = setUp(async () => {
      throw new TypeError('bug');
    });
    await expect(broken.work.ask(subject('a'), 1)).rejects.toThrow('bug');
  });

  test('an abort ends what waits', async () => {
    const { stop, work } = setUp(async () => undefined);
    const asked = work.ask(subject('a'), 1);
    stop.abort(new Error('stopped'));
    await expect(asked).rejects.toThrow();
  });
});
