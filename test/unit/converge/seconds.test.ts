import { describe, expect, it } from 'vitest';
import type { ServiceProgress } from '../../../src/converge/options.ts';
import { convergeProgress } from '../../../src/converge/seconds.ts';
import type { ProgressLine } from '../../../src/ui/reporter.ts';

const web = (state: ServiceProgress['state'], phase = 'starting'): ServiceProgress => ({
  name: 'web',
  running: state === 'converged' ? 1 : 0,
  wanted: 1,
  phase,
  state,
});

/** What is drawn at each moment: seconds since the beginning, and the service then. */
function drawn(live: boolean, moments: readonly [seconds: number, service: ServiceProgress][]): string[] {
  let now = 0;
  let last: readonly ProgressLine[] = [];
  const reporter = { live, progress: (lines: readonly ProgressLine[]) => (last = lines), detail: () => undefined };
  const { onProgress } = convergeProgress(reporter, { now: () => now });
  return moments.map(([seconds, service]) => {
    now = seconds * 1000;
    onProgress([service]);
    return `${last[0]?.state ?? ''}: ${last[0]?.text ?? ''}`;
  });
}

describe('progress of a deployment', () => {
  const moments: [number, ServiceProgress][] = [
    [3, web('waiting')],
    [8, web('waiting', 'steady for 5 s')],
    [15, web('converged')],
    [40, web('converged')],
  ];

  it('counts the seconds of each service from when it is first waited for, and keeps how long it took', () =>
    expect(drawn(true, moments)).toEqual([
      'waiting: 0/1 starting  0 s',
      'waiting: 0/1 steady for 5 s  5 s',
      'done: 1/1 running  12 s',
      'done: 1/1 running  12 s',
    ]));

  it('tells in a pipe only how long it took', () =>
    expect(drawn(false, moments)).toEqual([
      'waiting: 0/1 starting',
      'waiting: 0/1 steady for 5 s',
      'done: 1/1 running  12 s',
      'done: 1/1 running  12 s',
    ]));

  it('counts again for a service that fell', () =>
    expect(
      drawn(true, [
        [0, web('waiting')],
        [10, web('converged')],
        [20, web('failed', 'ended')],
        [30, web('converged')],
      ]),
    ).toEqual([
      'waiting: 0/1 starting  0 s',
      'done: 1/1 running  10 s',
      'failed: 0/1 ended  20 s',
      'done: 1/1 running  30 s',
    ]));
});
