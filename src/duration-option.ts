import { durationNanoseconds } from './compose/duration.ts';
import { DAY_MS } from './days.ts';
import { usageError } from './errors.ts';

/** Timers of Node.js count milliseconds in 31 bits. */
const LONGEST_NS = (2 ** 31 - 1) * 1e6;

/**
 * Milliseconds of a span of time that no timer waits for: whole days (`30d`), or as `durationOption` has it; `0d` is
 * none. @param form how the option is written, for who wrote it otherwise
 * @throws BundleError (exit 2) that names the option
 */
export function spanOption(
  option: string,
  text: string,
  form = 'write it in days or hours, for example 30d or 36h',
): number {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const nanoseconds = days === undefined ? durationNanoseconds(text) : undefined;
  if (days !== undefined) return Number(days) * DAY_MS;
  if (nanoseconds === undefined) throw usageError('duration', `${option} ${text}: not a span of time`, [form]);
  return nanoseconds / 1e6;
}

/**
 * Milliseconds of a duration option such as `90s`, `10m` or `1h30m`. @throws BundleError (exit 2) that names the option
 */
export function durationOption(option: string, text: string): number {
  const nanoseconds = durationNanoseconds(text);
  if (nanoseconds !== undefined && (nanoseconds <= 0 || nanoseconds > LONGEST_NS))
    throw usageError('duration', `${option} ${text}: must be more than nothing and at most 24 days`);
  if (nanoseconds === undefined)
    throw usageError('duration', `${option} ${text}: not a duration`, [
      'write it with units, for example 90s, 10m or 1h30m',
    ]);
  return nanoseconds / 1e6;
}

/**
 * Milliseconds of --timeout of what deploys: ten minutes, unless it is given; for what stops first it counts only then.
 */
export function deployTimeouts(given: string | undefined): { timeoutMs: number; stopMs?: number } {
  const timeoutMs = durationOption('--timeout', given ?? '10m');
  return { timeoutMs, ...(given !== undefined && { stopMs: timeoutMs }) };
}
