/** Billionths of a CPU as people write them: `0.5`. */
export function cpuText(nanoCpus: number): string {
  return String(nanoCpus / 1e9);
}

/** Binary multiples, rounded down to two decimals: what is left must not look like more than it is. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const size = Math.abs(bytes);
  const power = Math.min(units.length - 1, size < 1 ? 0 : Math.floor(Math.log2(size) / 10));
  return `${Math.floor((bytes / 1024 ** power) * 100) / 100} ${units[power]}`;
}

/** `a`, `a and b`, `a, b and c` */
export function listText(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
