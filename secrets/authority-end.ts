const DAY_MS = 24 * 60 * 60 * 1000;

/** When a root certificate that is made now ends. */
export function authorityEnd({ days }: { days: number }, now: Date): Date {
  return new Date(now.getTime() + days * DAY_MS);
}
