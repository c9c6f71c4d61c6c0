import { usageError } from '../errors.ts';

const NANOSECONDS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Nanoseconds of a duration as Go's time.ParseDuration reads it (`10s`, `1h30m`, `0`). Undefined if Go would refuse
 * it, if it is negative, or beyond 104 days (2^53 ns: no grace period or delay is that long).
 */
export function durationNanoseconds(text: string): number | undefined {
  if (text === '0') return 0;
  let total = 0;
  let end = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(text); part !== null; part = PART.exec(text)) {
    total += Number(part[1]) * (NANOSECONDS[part[2] ?? ''] ?? 0);
    end = PART.lastIndex;
  }
  if (text === '' || end !== text.length) return undefined;
  // A fraction of a nanosecond is cut off, as in Go.
  const whole = Math.floor(total);
  return Number.isSafeInteger(whole) ? whole : undefined;
}

/**
 * A duration the way Go prints it, which is what `docker stack config` gives back: `90s` becomes `1m30s`, `24h`
 * `24h0m0s`.
 */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const seconds = Math.floor(nanoseconds / 1e9);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  // The fraction is put back as digits: dividing would round it.
  const below = nanoseconds % 1e9;
  const fraction = below === 0 ? '' : String(below).padStart(9, '0').replace(/0+$/, '');
  const rest = `${seconds % 60}${fraction === '' ? '' : `.${fraction}`}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

/** `durationNanoseconds`, or a usage error that names `path`. */
export function requireDuration(text: string, path: string): number {
  const nanoseconds = durationNanoseconds(text);
  if (nanoseconds === undefined) {
    throw usageError('document-duration', `${path}: "${text}" is no duration`, [
      'Write it with units, for example 30s, 5m or 1h30m.',
    ]);
  }
  return nanoseconds;
}
