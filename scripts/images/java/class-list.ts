/**
 * Lists of classes: the JVM writes them by `-XX:DumpLoadedClassList`, reads them by `-XX:SharedClassListFile`. Pure.
 */

/**
 * One list out of several JVMs' lists, each line once. A class gets a number that is good within its own list only, and
 * that nobody needs but classes of other loaders, which the JVM's own loader could not archive: so those lines go, and
 * numbers too. Lines that begin with `@` (lambdas) stay, comments go.
 */
export function mergeClassLists(lists: readonly string[]): string {
  const lines = lists.flatMap((text) => text.split('\n'));
  const kept = lines.filter((line) => line !== '' && !line.startsWith('#') && !line.includes(' source: '));
  return `${[...new Set(kept.map((line) => line.replace(/ id: \d+$/, '')))].join('\n')}\n`;
}
