import type { ChildProcess } from 'node:child_process';
import { livingPrograms } from '../../scripts/lab/exec.ts';
import { poll } from '../../scripts/lab/poll.ts';

/** For a command to end in good order, free its lock and end what it started. */
const GRACE_MS = 20_000;
/** For what a test does at its end (a rule, a cable) once its command has ended. */
const MENDING_MS = 60_000;

/**
 * Ends the commands that a test which ran out of its time left running: they would go on deploying, hold a lock or a
 * port, in the lab that the next test file takes. Prints which they were.
 * @param which by the command's arguments
 * @returns how many there were
 */
export async function endLeft(
  which: (argv: readonly string[]) => boolean = () => true,
  graceMs = GRACE_MS,
): Promise<number> {
  const left = livingPrograms().filter(({ spawnargs }) => which(spawnargs));
  if (left.length === 0) return 0;
  for (const child of left)
    process.stderr.write(`left running, and ended: ${child.spawnargs.join(' ').slice(0, 500)}\n`);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const child of left) if (lives(child)) child.kill(signal);
    const ended = await within(graceMs, () => !left.some(lives));
    if (ended) break;
  }
  return left.length;
}

/** The same of everything, and of what the tests that waited for it then do at their end, after a while. */
export async function endAllLeft(): Promise<void> {
  if ((await endLeft()) === 0) return;
  await within(MENDING_MS, () => livingPrograms().length === 0);
  await endLeft();
}

const lives = (child: ChildProcess): boolean => livingPrograms().includes(child);

const within = (ms: number, isSo: () => boolean): Promise<boolean> =>
  poll('commands end', ms, () => (isSo() ? true : undefined)).catch(() => false);
