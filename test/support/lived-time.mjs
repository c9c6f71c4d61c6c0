/**
 * A clock of what this process lives through: a time in which it does not run, as on a machine that stands still,
 * counts for `mostMs` at most. It has to be read more often than that.
 * @param {() => number} now a clock in milliseconds
 * @returns {() => number} reads it, in milliseconds
 */
export function livedTime(now = () => performance.now(), mostMs = 1_000) {
  let lived = 0;
  let last = now();
  return () => {
    const at = now();
    lived += Math.min(at - last, mostMs);
    last = at;
    return lived;
  };
}
