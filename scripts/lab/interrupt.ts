/** Work that must not be left half done: stopped as a whole when one part fails, or when the process gets a signal. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

class Interrupted extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}

/**
 * Does `work`; if it fails, or a signal comes meanwhile (Ctrl-C), `undo` follows once `work` has come to rest, and then
 * the signal takes effect as if it had come just then.
 *
 * @param work gets a controller: it stops when that is aborted.
 * @throws what `work` threw.
 */
export async function allOrNothing<T>(
  work: (abort: AbortController) => Promise<T>,
  undo: () => Promise<void>,
): Promise<T> {
  const abort = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => abort.abort(new Interrupted(signal));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const done = await work(abort);
    abort.signal.throwIfAborted();
    return done;
  } catch (error) {
    await undo();
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    const reason: unknown = abort.signal.reason;
    if (reason instanceof Interrupted) process.kill(process.pid, reason.signal);
  }
}

/**
 * Waits for all tasks to come to rest. The first failure aborts the others.
 *
 * @throws that first failure.
 */
export async function together(abort: AbortController, tasks: readonly Promise<unknown>[]): Promise<void> {
  let first: { error: unknown } | undefined;
  await Promise.all(
    tasks.map((task) =>
      task.catch((error: unknown) => {
        first ??= { error };
        abort.abort(error);
      }),
    ),
  );
  if (first !== undefined) throw first.error;
}
