/** Clearing away the labs of test runs. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { down, remainsOf } from '../lab/lab.ts';
import { labDirectory } from '../lab/plan.ts';
import { startTimeOf } from '../lab/processes.ts';
import { isRunPrefix, labsOfDeadRuns, runPrefix } from './run-id.ts';

/** What the ids of this run's labs begin with; the run that started this one gives its own. */
export const thisRun = process.env['BUNDLE_TEST_LAB'] ?? runPrefix(process.pid, startTimeOf(process.pid) ?? '0');

/** The ids of all labs of this machine, up or only left behind: those that have a directory or a network namespace. */
export function allLabs(): string[] {
  const named = (directory: string, pattern: RegExp): string[] =>
    entries(directory).flatMap((name) => pattern.exec(name)?.[1] ?? []);
  return [
    ...new Set([
      ...named(path.dirname(labDirectory('x')), /^swarm-lab-(.+)$/),
      ...named('/run/netns', /^swarm-lab\.([^.]+)\./),
    ]),
  ].sort();
}

/**
 * Takes down what is left of this run's labs, and of runs whose process has ended. Never touches a lab of another run
 * that goes on, or one that was named by hand: under a prefix given by hand the test files themselves take their labs
 * down, and somebody may have one of another name there.
 * @param run what the labs of this run are named by
 */
export async function clearLabs(log: (line: string) => void, run = thisRun): Promise<void> {
  const ids = allLabs();
  const dead = labsOfDeadRuns(ids, startTimeOf);
  const own = isRunPrefix(run) ? ids.filter((id) => id.startsWith(`${run}-`)) : [];
  for (const id of new Set([...own, ...dead])) {
    if (remainsOf(id).length === 0) continue;
    log(`taking down lab ${id}, which ${dead.includes(id) ? 'a run that has ended' : 'this run'} left behind`);
    await down(id);
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
