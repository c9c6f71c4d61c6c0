/**
 * The signals that end a container. Process 1 gets only those it has a handler for: one that comes earlier is lost, and
 * the container then lives until its grace period is over. So handlers are there as soon as this is loaded, which is
 * before anything else of ours; what they do may be said later.
 */

type End = (signal: string) => void;

let end: End | undefined;
let received: string | undefined;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (received !== undefined) return;
    received = signal;
    end?.(signal);
  });
}

/** What to do at the first signal; at once if it has come already. */
export function onEnd(action: End): void {
  end = action;
  if (received !== undefined) action(received);
}
