/** Whether the machine itself stood still, or its clock was set, while tests ran: what fails then says little of us. */

const LOOK_MS = 1_000;
/** By so much both clocks may differ, or a timer be late, before it is worth a line. */
const APART_MS = 2_000;
const LATE_MS = 10_000;

/** A moment by both clocks of a machine, in ms: the second stands still while the machine sleeps. */
export interface Moment {
  wall: number;
  awake: number;
}

/**
 * What happened between two looks that were to be a second apart, as a line with the time; undefined if nothing did.
 */
export function strange(before: Moment, now: Moment): string | undefined {
  const awake = now.awake - before.awake;
  const jumped = now.wall - before.wall - awake;
  const at = `at ${new Date(now.wall).toISOString()}`;
  const seconds = (ms: number): string => `${(Math.abs(ms) / 1000).toFixed(0)} s`;
  if (Math.abs(jumped) >= APART_MS)
    return `${at} the machine's clock had gone ${seconds(jumped)} ${jumped > 0 ? 'forward: it slept, or was set' : 'back'}`;
  if (awake - LOOK_MS >= LATE_MS) return `${at} this process had not run for ${seconds(awake)}`;
  return undefined;
}

/** Looks each second, and tells. @returns ends it, with all that was told */
export function watchClocks(tell: (line: string) => void): () => string[] {
  const told: string[] = [];
  const look = (): Moment => ({ wall: Date.now(), awake: performance.now() });
  let before = look();
  const timer = setInterval(() => {
    const now = look();
    const line = strange(before, now);
    before = now;
    if (line === undefined) return;
    told.push(line);
    tell(line);
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    return told;
  };
}
