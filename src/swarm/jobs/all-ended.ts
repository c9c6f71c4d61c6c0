/**
 * All results, once all have ended: no job is left running behind the error of another, or behind a signal.
 * @throws what the first of them threw, in their order
 */
export async function allEnded<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
