import { expect, it } from 'vitest';
import { livedTime } from '../../support/lived-time.mjs';

it('counts what the process lives through, and of a machine that stood still a second', () => {
  let now = 5_000;
  const lived = livedTime(() => now);
  for (let tick = 0; tick < 70; tick++) {
    now += 100;
    lived();
  }
  expect(lived(), 'a gap that was lived through is whole').toBe(7_000);
  now += 12_000;
  expect(lived()).toBe(8_000);
  now += 100;
  expect(lived()).toBe(8_100);
});
