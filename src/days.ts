export const DAY_MS = 86_400_000;

/** Whole days from now to a moment (ISO 8601, or a date); below zero once it is over. */
export function daysUntil(moment: string | Date, now: Date): number {
  const at = typeof moment === 'string' ? Date.parse(moment) : moment.getTime();
  return Math.floor((at - now.getTime()) / DAY_MS);
}
