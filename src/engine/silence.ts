/** A call of the docker CLI that prints nothing any more: over a connection that is dead it would wait for hours. */

export interface Silence {
  /** After so much time without a line it is told that nothing comes, in ms. */
  tellMs: number;
  /** After so much the call is ended. */
  endMs: number;
}

/**
 * Does `work` unless it hears nothing for too long: then its signal is aborted.
 * @param work calls `heard` for each sign of life; fails if its signal is aborted
 * @param onSilent called once in each silence that lasts
 * @returns false if it was ended for its silence
 * @throws as `work` does, also if the outer signal ended it
 */
export async function unlessSilent(
  { tellMs, endMs }: Silence,
  outer: AbortSignal | undefined,
  onSilent: () => void,
  work: (signal: AbortSignal, heard: () => void) => Promise<void>,
): Promise<boolean> {
  const end = new AbortController();
  let timers: NodeJS.Timeout[] = [];
  const still = (): void => timers.forEach(clearTimeout);
  const heard = (): void => {
    still();
    timers = [setTimeout(onSilent, tellMs), setTimeout(() => end.abort(), endMs)];
  };
  heard();
  try {
    await work(outer === undefined ? end.signal : AbortSignal.any([outer, end.signal]), heard);
    return true;
  } catch (error) {
    if (!end.signal.aborted || outer?.aborted === true) throw error;
    return false;
  } finally {
    still();
  }
}
