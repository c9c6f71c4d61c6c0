import { duration } from '../../converge/window.ts';
import type { SwarmTask } from '../../engine/port.ts';

/** What could be read of a log. */
export interface LogRead {
  bytes: number;
  /** Records of the log: each is a frame, or a line of a terminal's. */
  records: number;
  /** RFC 3339, of the first line. */
  firstTime?: string | undefined;
}

type Subject = Pick<SwarmTask, 'spec' | 'stateAt'>;

/**
 * Drivers whose own log the engine reads. Every other is read from a copy, which the engine keeps of what that driver
 * took.
 */
const READABLE = new Set(['json-file', 'local', 'journald']);
/** A record on disk against the same in a frame: names, quotes, escapes. More is safer. */
const RECORD_BYTES = 100;
/**
 * What a node's own settings may add to each (`tag`, `labels`, `env`; moby: daemon/logger/jsonfilelog, extra): no frame
 * shows it, and more than that is hardly set.
 */
const ATTRIBUTES_BYTES = 1_000;
const BUFFER_BYTES = 1_000_000;
/** A log that begins so long after its task, and is not tiny, has lost its beginning. */
const LATE_MS = 30_000;
const TINY_BYTES = 16 * 1024;
/** One that is big has lost it sooner: what writes much begins early. */
const LATE_BIG_MS = 2_000;
const BIG_BYTES = 1_000_000;

/**
 * Why the engine has nothing to read, with the fix; undefined if it has. It does not say so itself: it gives an
 * empty log.
 */
export function unreadable(task: Subject): string | undefined {
  const { name, options } = driverOf(task);
  if (name === 'none')
    return 'its log driver is "none", which keeps nothing to read; `bundle deploy` sets the driver of stack.yml again';
  if (name !== undefined && !READABLE.has(name) && /^(1|t|true)$/i.test(options['cache-disabled'] ?? '')) {
    return `its log driver "${name}" is set to keep no copy here (cache-disabled); take that option away`;
  }
  return undefined;
}

/**
 * Why a line that was not read may have been written nevertheless, with the fix; undefined if it would have been
 * read. A log that was rotated says so nowhere: how much its driver keeps tells, or, if the node's own settings
 * decide that or make its records longer, when its first line was written.
 */
export function mayBeGone(task: Subject, read: LogRead): string | undefined {
  const { name, options } = driverOf(task);
  if (name !== undefined && !READABLE.has(name)) {
    return (
      `its log driver is "${name}": the engine's copy lacks every line that could not be delivered; look where ` +
      `"${name}" writes to`
    );
  }
  const onDisk = read.bytes + RECORD_BYTES * read.records;
  if (options['mode'] === 'non-blocking' && onDisk >= (sizeOf(options['max-buffer-size']) ?? BUFFER_BYTES)) {
    return (
      'its log driver is non-blocking and drops lines where much is written at once; take that option away, or ' +
      'raise max-buffer-size'
    );
  }
  const late = read.firstTime === undefined ? 0 : Date.parse(read.firstTime) - Date.parse(task.stateAt);
  const file = sizeOf(options['max-size']);
  if (file !== undefined) {
    const files = Number(options['max-file'] ?? 1);
    const kept = file * (files - 1);
    if (onDisk >= kept)
      return `its log keeps ${files} × ${options['max-size'] ?? ''} and may have lost its first lines; ${SOON}`;
    return late > LATE_MS && onDisk + ATTRIBUTES_BYTES * read.records >= kept ? rotated(late) : undefined;
  }
  if (name === undefined && read.bytes === 0)
    return 'it has no log, and its node may keep none; `docker info` there names the logging driver';
  if ((late > LATE_MS && read.bytes > TINY_BYTES) || (late > LATE_BIG_MS && onDisk > BIG_BYTES))
    return `${rotated(late)}, or let its node keep more (max-size, max-file)`;
  return undefined;
}

const SOON = 'verify it soon after its start';
const rotated = (late: number): string =>
  `its log begins ${duration(late)} after its start: the first lines were rotated away; ${SOON}`;

/**
 * No name if the node's default decides. Of a driver's options those that are missing may still come from the node's
 * settings.
 */
function driverOf({ spec }: Subject): { name: string | undefined; options: Record<string, string> } {
  const { LogDriver } = spec as { LogDriver?: { Name?: string; Options?: Record<string, string> | null } | null };
  return { name: LogDriver?.Name === '' ? undefined : LogDriver?.Name, options: LogDriver?.Options ?? {} };
}

const UNITS: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 };

/** Bytes of `50m` as the engine reads it (go-units, FromHumanSize); undefined for anything else. */
function sizeOf(text: string | undefined): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits) * (UNITS[(unit ?? '').toLowerCase()] ?? 1);
}
