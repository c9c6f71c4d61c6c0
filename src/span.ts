const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time as people say it: `12 s`, `3 min`, `5 h`, `9 days`. Rounded down. */
export function spanText(ms: number): string {
  const whole = (unit: number): number => Math.floor(Math.max(0, ms) / unit);
  if (ms < MINUTE) return `${whole(SECOND)} s`;
  if (ms < HOUR) return `${whole(MINUTE)} min`;
  if (ms < 2 * DAY) return `${whole(HOUR)} h`;
  return `${whole(DAY)} days`;
}

/** How long ago a moment was: `3 min ago`. @param at ISO 8601; a clock ahead of ours makes it `just now` */
export function agoText(at: string, now: Date): string {
  const ms = now.getTime() - Date.parse(at);
  return ms < SECOND ? 'just now' : `${spanText(ms)} ago`;
}
