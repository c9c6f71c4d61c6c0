import { expect, test } from 'vitest';
import { judgeClock } from '../../../../src/checks/hosts/clock.ts';

/** Seconds after noon by the leader's clock, but for `end`, which is by the node's. */
const times = (made: number, end: number, told: number) => {
  const at = (seconds: number): string => new Date(Date.parse('2026-01-01T12:00:00Z') + seconds * 1000).toISOString();
  return { createdAt: at(made), stateAt: at(end), updatedAt: at(told) };
};

test.each([
  ['as usual', times(0, 1, 1.06), 'clock within 0.1 s'],
  ['after a long pull', times(0, 40, 40.06), 'clock within 0.1 s'],
  ['a little ahead', times(0, 5, 1), 'clock within 4 s'],
  ['ahead', times(0, 7, 1), 'warning: its clock is ahead of the leader’s by 6 s or more; 5 s are allowed'],
  [
    'behind, before the task was made',
    times(0, -9, 1),
    'warning: its clock is behind the leader’s by 9 s or more; 5 s are allowed',
  ],
  [
    'behind, or late news',
    times(0, 2, 10),
    'unsure: could not tell its clock: word of it came 8 s after its own time, so it is behind, or the word was late',
  ],
  ['no times', { createdAt: '', stateAt: '' }, 'unsure: could not tell its clock: the swarm gave no times'],
])('a node %s', (_what, task, expected) => {
  const verdict = judgeClock(task, 5);
  expect('good' in verdict ? verdict.good : `${verdict.level}: ${verdict.text}`).toBe(expected);
});

test('the tolerance decides', () => {
  expect(judgeClock(times(0, 7, 1), 10)).toEqual({ good: 'clock within 6 s' });
  expect(judgeClock(times(0, 2, 1), 0.5)).toMatchObject({ level: 'warning' });
});
