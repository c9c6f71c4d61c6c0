/** The lab's state file: what `attach` and a later process need to know. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkId, labDirectory, type LabPlan } from './plan.ts';
import { isAlive, startTimeOf } from './processes.ts';

export interface LabState {
  plan: LabPlan;
  phase: 'starting' | 'up';
  /** The process that made it; with its start time, because process ids come back. */
  by: { pid: number; startTime: string };
}

/**
 * Claims a lab's directory for this process.
 *
 * @returns false when it is there already.
 */
export function claim(plan: LabPlan): boolean {
  mkdirSync(path.dirname(plan.dir), { recursive: true });
  try {
    mkdirSync(plan.dir, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  writeState(plan, 'starting');
  return true;
}

/** Writes the state, whole or not at all. */
export function writeState(plan: LabPlan, phase: LabState['phase']): void {
  const state: LabState = { plan, phase, by: { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' } };
  const file = stateFile(plan.dir);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** The state of a lab, or undefined when there is none that can be read. */
export function readState(id?: string): LabState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(labDirectory(checkId(id))), 'utf8')) as LabState;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Is the process that began this `up` still at it? */
export function isBeingStarted(state: LabState): boolean {
  return state.phase === 'starting' && isAlive(state.by.pid, state.by.startTime);
}

function stateFile(dir: string): string {
  return path.join(dir, 'state.json');
}
