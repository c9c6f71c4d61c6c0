import { describe, expect, it } from 'vitest';
import { checkId } from '../../../scripts/lab/plan.ts';
import { isRunPrefix, labsOfDeadRuns, runPrefix } from '../../../scripts/testing/run-id.ts';

describe('the labs of a run', () => {
  it.each([
    [1, '1'],
    [42, '123456'],
    [4_194_304, '99999999999999'],
  ])('process %s has a prefix of ten characters that a lab id can begin with', (pid, startTime) => {
    const prefix = runPrefix(pid, startTime);
    expect(prefix).toHaveLength(10);
    expect(isRunPrefix(prefix)).toBe(true);
    expect(checkId(`${prefix}-placement`)).toBe(`${prefix}-placement`);
  });

  it(
    'are cleared away if its process has ended, or another one has its id today; never those of a live run, or ' +
      'named by hand',
    () => {
      const live = `${runPrefix(100, '5000')}-lane1`;
      const ended = `${runPrefix(200, '6000')}-chaos`;
      const reused = `${runPrefix(300, '7000')}-plan`;
      const startTimes: Record<number, string> = { 100: '5000', 300: '7001' };
      const byHand = ['lab', 'test-lane1', 'testspeed-x', 't-x', 't-abc-lane1'];
      expect(['lab6', 'test', 'testspeed', 't-x'].filter(isRunPrefix)).toEqual([]);
      expect(labsOfDeadRuns([live, ended, reused, ...byHand], (pid) => startTimes[pid])).toEqual([ended, reused]);
    },
  );
});
