/**
 * Compares a version with another one by the numbers that the other one names: 5.7.21 is as new as 5.7, and newer than
 * 5.6. Words of a builder behind the numbers (`8.0.36-28`, `5.7.21-log`) do not count, a number that is absent is 0.
 * @returns below 0 if `version` is older, 0 if it is as new, above 0 if it is newer
 */
export function compareVersions(version: string, to: string): number {
  const have = numbersOf(version);
  for (const [index, wanted] of numbersOf(to).entries()) {
    const difference = (have[index] ?? 0) - wanted;
    if (difference !== 0) return difference;
  }
  return 0;
}

const numbersOf = (text: string): number[] => (/^\d+(\.\d+)*/.exec(text)?.[0] ?? '').split('.').map(Number);
