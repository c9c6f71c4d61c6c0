import { expect, it } from 'vitest';
import { strange } from '../../../scripts/testing/clocks.ts';

const WALL = Date.parse('2026-01-01T00:00:00Z');
const after = (wallMs: number, awakeMs: number) =>
  strange({ wall: WALL, awake: 5_000 }, { wall: WALL + wallMs, awake: 5_000 + awakeMs });

it.each([
  [1_000, 1_000],
  [1_900, 1_000],
  [9_000, 9_000],
])('says nothing of a second that took %i ms, or %i', (wall, awake) => {
  expect(after(wall, awake)).toBeUndefined();
});

it.each([
  [61_000, 1_000, "at 2026-01-01T00:01:01.000Z the machine's clock had gone 60 s forward: it slept, or was set"],
  [-59_000, 1_000, "at 2025-12-31T23:59:01.000Z the machine's clock had gone 60 s back"],
  [31_000, 31_000, 'at 2026-01-01T00:00:31.000Z this process had not run for 31 s'],
])('tells of %i ms by the clock and %i ms awake', (wall, awake, line) => {
  expect(after(wall, awake)).toBe(line);
});
