/**
 * What a run of scripts/test.ts calls its labs, so that two runs never meet and the labs of one that was killed are
 * known by it. Pure.
 */

/** Characters for the process id (at most 2^22, proc(5) pid_max) and for the end of its start time, in base 36. */
const PID_DIGITS = 5;
const START_DIGITS = 3;
const OURS = new RegExp(`^t-([0-9a-z]{${PID_DIGITS}})([0-9a-z]{${START_DIGITS}})-`);

const startMark = (startTime: string): string =>
  BigInt(startTime).toString(36).padStart(START_DIGITS, '0').slice(-START_DIGITS);

/**
 * What the lab ids of a run begin with: ten characters that name one process.
 *
 * @param startTime of the process, in clock ticks since boot: process ids come back
 */
export function runPrefix(pid: number, startTime: string): string {
  return `t-${pid.toString(36).padStart(PID_DIGITS, '0')}${startMark(startTime)}`;
}

/** Whether a prefix is one of `runPrefix`, and so no lab of that name was brought up by hand. */
export const isRunPrefix = (prefix: string): boolean => OURS.test(`${prefix}-`);

/**
 * The labs of runs whose process has ended. Labs that were named by hand are none.
 *
 * @param ids of all labs of the machine
 * @param startTimeOf gives the start time of a process, undefined if there is none
 */
export function labsOfDeadRuns(ids: readonly string[], startTimeOf: (pid: number) => string | undefined): string[] {
  return ids.filter((id) => {
    const [, pid, mark] = OURS.exec(id) ?? [];
    if (pid === undefined) return false;
    const startTime = startTimeOf(Number.parseInt(pid, 36));
    return startTime === undefined || startMark(startTime) !== mark;
  });
}
