import { usageError } from '../errors.ts';

const SIZE = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i;

/**
 * Bytes of a size as the docker CLI reads it: binary multiples whatever the spelling, so `1g`, `1GB` and `1GiB` are
 * 1073741824 (docker/go-units, RAMInBytes). Throws a usage error that names `path`.
 */
export function sizeBytes(text: string, path: string): number {
  const match = SIZE.exec(text);
  if (match === null) throw usageError('document-size', `${path}: "${text}" is no size`, ['Write it as 512m or 4g.']);
  const power = ' kmgtp'.indexOf((match[2] ?? '').toLowerCase() || ' ');
  return Math.floor(Number(match[1]) * 1024 ** power);
}

/** Billionths of a CPU of `0.5`, as docker's ParseCPUs counts them. Throws a usage error that names `path`. */
export function nanoCpus(text: string, path: string): number {
  const match = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null)
    throw usageError('document-cpus', `${path}: "${text}" is no number of CPUs`, [
      'Write it as 2 or 0.5, with at most nine decimals.',
    ]);
  return Number(match[1]) * 1e9 + Number((match[2] ?? '').padEnd(9, '0'));
}
