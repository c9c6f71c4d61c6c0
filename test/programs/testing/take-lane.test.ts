import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { LANES, laneLabId } from '../../support/lab-id.ts';
import { takeLane } from '../../support/take-lane.ts';

const markOf = (lane: number): string => join(tmpdir(), `bundle-${laneLabId(lane)}.taken`);

it('a lane that a live process holds is passed over, one of a dead process is taken, and a freed one is free', async () => {
  const before = [1, 2].filter((lane) => existsSync(markOf(lane)));
  if (LANES < 2 || before.length > 0) throw new Error(`lanes are taken already: ${before.join(', ')}`);
  onTestFinished(() => [1, 2].forEach((lane) => rmSync(markOf(lane), { force: true })));
  writeFileSync(markOf(1), String(process.ppid));
  writeFileSync(markOf(2), String(spawnSync('true').pid));
  const { lane, free } = await takeLane();
  expect(lane).toBe(2);
  free();
  expect(existsSync(markOf(2))).toBe(false);
  expect(existsSync(markOf(1))).toBe(true);
});
