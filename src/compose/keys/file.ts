import { formatDuration, requireDuration } from '../duration.ts';
import { FileMode, Quoted, type FileValue } from '../values.ts';
import type { SecretMount } from '../types.ts';

export type FileMap = { [key: string]: FileValue };

/** A duration the way Go prints it; throws a usage error that names `path`. */
export function duration(text: string | undefined, path: string): string | undefined {
  return text === undefined ? undefined : formatDuration(requireDuration(text, path));
}

/** An empty section is left out, an entry without content stays (`data: {}`). */
export function mapOf<Value>(
  record: Record<string, Value> | undefined,
  convert: (value: Value, key: string) => FileValue,
): FileMap | undefined {
  const entries = Object.entries(record ?? {});
  return entries.length === 0
    ? undefined
    : Object.fromEntries(entries.map(([key, value]) => [key, convert(value, key)]));
}

export function listOf<Value>(
  values: readonly Value[] | undefined,
  convert: (value: Value) => FileValue,
): FileValue[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values.map(convert);
}

/** Free text that must stay text: `"3"`, `"on"`, `"1e3"`. */
export function quotedMap(record: Record<string, string> | undefined): FileMap | undefined {
  return mapOf(record, (value) => new Quoted(value));
}

/** A secret or config in a service. */
export function mountedFile({ source, target, uid, gid, mode }: SecretMount): FileMap {
  return {
    source,
    target,
    uid: uid === undefined ? undefined : new Quoted(uid),
    gid: gid === undefined ? undefined : new Quoted(gid),
    mode: mode === undefined ? undefined : new FileMode(mode),
  };
}
