import { durationNanoseconds } from '../compose/duration.ts';
import { usageError } from '../errors.ts';

/** Milliseconds of a duration option such as `90s`, `10m` or `1h30m`. @throws BundleError (exit 2) that names the option */
export function durationOption(option: string, text: string): number {
  const nanoseconds = durationNanoseconds(text);
  if (nanoseconds === undefined || nanoseconds <= 0) throw usageError('duration', `${option} ${text}: not a duration`, ['write it with units, for example 90s, 10m or 1h30m']);
  return nanoseconds / 1e6;
}
