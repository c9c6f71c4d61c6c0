import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { HEAVY, LANES, laneLabId } from '../../support/lab-id.ts';
import { takeLane } from '../../support/take-lane.ts';

const markOf = (lane: number): string => join(tmpdir(), `bundle-${laneLabId(lane)}.taken`);
const LIVES = String(process.ppid);

/** Marks of the first two lanes as given, and nothing of them after the test. */
function lanes(first: string | undefined, second: string | undefined): void {
  const before = [1, 2].filter((lane) => existsSync(markOf(lane)));
  if (LANES < 2 || before.length > 0) throw new Error(`lanes are taken already: ${before.join(', ')}`);
  onTestFinished(() => [1, 2].forEach((lane) => rmSync(markOf(lane), { force: true })));
  if (first !== undefined) writeFileSync(markOf(1), first);
  if (second !== undefined) writeFileSync(markOf(2), second);
}

it('a lane that a live process holds is passed over, one of a dead process is taken, and a freed one is free', async () => {
  lanes(LIVES, String(spawnSync('true').pid));
  const { lane, free } = await takeLane();
  expect(lane).toBe(2);
  free();
  expect(existsSync(markOf(2))).toBe(false);
  expect(existsSync(markOf(1))).toBe(true);
});

it('a heavy file waits for the first lane though others are free, and gets it when it is freed', async () => {
  lanes(LIVES, undefined);
  let got: number | undefined;
  const waiting = takeLane({ heavy: true }).then((taken) => {
    got = taken.lane;
    return taken;
  });
  await pause(1000);
  expect(got).toBeUndefined();
  rmSync(markOf(1));
  const { lane, free } = await waiting;
  expect(lane).toBe(1);
  free();
});

it('the first lane is left to a heavy file that waits for it, while its process lives', async () => {
  lanes(undefined, undefined);
  const wish = `${markOf(1)}.wish-test`;
  onTestFinished(() => rmSync(wish, { force: true }));
  writeFileSync(wish, LIVES);
  const other = await takeLane();
  expect(other.lane).toBe(2);
  other.free();
  writeFileSync(wish, String(spawnSync('true').pid));
  const first = await takeLane();
  expect(first.lane).toBe(1);
  first.free();
});

it('the last lane stays free beside a heavy file that runs, and is taken when it has ended', async () => {
  lanes(undefined, undefined);
  const others = Array.from({ length: LANES - 3 }, (_unused, index) => markOf(index + 3));
  onTestFinished(() => [...others, markOf(LANES)].forEach((file) => rmSync(file, { force: true })));
  const heavy = await takeLane({ heavy: true });
  expect(heavy.lane).toBe(1);
  for (const file of [markOf(2), ...others]) writeFileSync(file, LIVES);
  let got: number | undefined;
  const waiting = takeLane().then((taken) => {
    got = taken.lane;
    return taken;
  });
  await pause(1000);
  expect(got).toBeUndefined();
  heavy.free();
  const { lane, free } = await waiting;
  expect([1, LANES]).toContain(lane);
  free();
});

const filesOf = (folder: string): string[] =>
  readdirSync(join(import.meta.dirname, '../..', folder)).filter((name) => name.endsWith('.test.ts'));

it('every file of Kafka’s brokers is heavy, and none that is not there', () => {
  const brokers = filesOf('swarm').filter((name) => name.startsWith('kafka'));
  expect([...HEAVY].map((name) => `${name}.test.ts`).sort()).toEqual(brokers.sort());
});

it.each(['swarm', 'long'])(
  'every file of test/%s waits for its turn, by itself or by the cluster that it imports',
  (folder) => {
    const at = (name: string): string => readFileSync(join(import.meta.dirname, '../..', folder, name), 'utf8');
    const files = filesOf(folder);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((name) => !/await takeTurn\(\)|support\/(cluster|kafka)\.ts'/.test(at(name)))).toEqual([]);
  },
);
