import type { SwarmTask } from '../../engine/port.ts';

type ClockVerdict = { good: string } | { level: 'warning' | 'unsure'; text: string; hint: string };

const MEND = 'there: chronyc makestep (chronyd), or timedatectl set-ntp true; `chronyc tracking` shows how far it is';

/**
 * How far a node's clock is from that of the swarm's leader. The node stamps the end of a task by its own clock, and
 * the leader when it was told of it, a moment later (moby/swarmkit: agent/exec/controller.go, Do; manager/state/store).
 * So a stamp in the leader's future is a clock that is ahead; one before the task was made is one that is behind;
 * between the two an old stamp may be late news as well.
 * @param toleranceSeconds how far is too far
 */
export function judgeClock(
  { stateAt, createdAt, updatedAt = '' }: Pick<SwarmTask, 'stateAt' | 'createdAt' | 'updatedAt'>,
  toleranceSeconds: number,
): ClockVerdict {
  const ahead = (Date.parse(stateAt) - Date.parse(updatedAt)) / 1000;
  const sinceMade = (Date.parse(stateAt) - Date.parse(createdAt)) / 1000;
  if (Number.isNaN(ahead) || Number.isNaN(sinceMade))
    return { level: 'unsure', text: 'could not tell its clock: the swarm gave no times', hint: MEND };
  if (ahead > toleranceSeconds)
    return {
      level: 'warning',
      text: `its clock is ahead of the leader’s by ${secondsText(ahead)} s or more; ${toleranceSeconds} s are allowed`,
      hint: MEND,
    };
  if (sinceMade < -toleranceSeconds)
    return {
      level: 'warning',
      text:
        `its clock is behind the leader’s by ${secondsText(-sinceMade)} s or more; ${toleranceSeconds} s are ` +
        'allowed',
      hint: MEND,
    };
  if (-ahead > toleranceSeconds)
    return {
      level: 'unsure',
      text:
        `could not tell its clock: word of it came ${secondsText(-ahead)} s after its own time, so it is behind, ` +
        'or the word was late',
      hint: MEND,
    };
  return { good: `clock within ${secondsText(Math.abs(ahead))} s` };
}

/** Rounded up, so that nothing is promised. */
const secondsText = (seconds: number): string => String(Math.ceil(seconds * 10) / 10);
