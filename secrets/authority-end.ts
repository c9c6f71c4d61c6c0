import { DAY_MS } from '../src/sdk/helpers.ts';

/** When a root certificate that is made now ends. */
export function authorityEnd({ days }: { days: number }, now: Date): Date {
  return new Date(now.getTime() + days * DAY_MS);
}
