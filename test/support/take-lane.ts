import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DEFAULT_ENGINE } from '../../scripts/lab/engines.ts';
import { LANES, laneLabId } from './lab-id.ts';

const POLL_MS = 200;

/**
 * Takes a lane for this process and waits while all are taken. Vitest's own numbers do not serve: two workers that run
 * at the same time can bear one VITEST_POOL_ID (seen with 4.1.12 and three projects). A lane whose process has ended is
 * free.
 *
 * @param heavy takes the first lane and no other, so that no two of these run side by side; while one waits or runs,
 *   only they take it, and the last of the others stays free for the cores that they need
 * @returns its number, and what frees it; the end of the process does so too
 */
export async function takeLane({ heavy = false } = {}): Promise<{ lane: number; free: () => void }> {
  const wish = `${markOf(1)}${WISH}${process.pid}`;
  if (heavy) writeFileSync(wish, String(process.pid));
  for (;;) {
    const [from, to] = heavy ? [1, 1] : lightLanes();
    for (let lane = from; lane <= to; lane++) {
      const file = markOf(lane);
      if (!mark(file)) continue;
      // Two that find one dead holder at the same moment both clear it away; only the later one keeps the lane.
      await pause(POLL_MS);
      if (holderOf(file) !== process.pid) continue;
      const free = (): void => {
        rmSync(wish, { force: true });
        if (holderOf(file) === process.pid) rmSync(file, { force: true });
      };
      process.once('exit', free);
      return { lane, free };
    }
    await pause(POLL_MS);
  }
}

/** The first and the last lane of those that a file may take that is not heavy. */
const lightLanes = (): [number, number] => (LANES > 1 && wished() ? [2, Math.max(2, LANES - 1)] : [1, LANES]);

/** The same on every engine: a lane takes one file at a time. */
const markOf = (lane: number): string => join(tmpdir(), `bundle-${laneLabId(lane, DEFAULT_ENGINE)}.taken`);

/** What follows a lane's mark in the name of a file that says which process waits for it as the only one, or has it. */
const WISH = '.wish-';

/** Whether a living process waits for the first lane as its only one, or has it. */
function wished(): boolean {
  const prefix = basename(markOf(1)) + WISH;
  return readdirSync(tmpdir()).some((name) => name.startsWith(prefix) && lives(holderOf(join(tmpdir(), name))));
}

/** Writes this process into the file if nobody who lives holds it. A link is made whole or not at all. */
function mark(file: string): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    if (!lives(holderOf(file))) rmSync(file, { force: true });
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function holderOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function lives(pid: number | undefined): boolean {
  // 0 is a whole process group to kill(2): a file that is just being written is empty.
  if (pid === undefined || pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
