import type { Engine } from '../engine/port.ts';
import { BundleError, EXIT } from '../errors.ts';
import { conclude } from './conclude.ts';
import type { ConvergeOptions, ServiceProgress } from './options.ts';
import type { Outcome } from './outcome.ts';
import { Snapshots } from '../swarm/snapshot.ts';
import { Watch } from './watch.ts';

const POLL_MS = 400;
const QUIET_POLL_MS = 1_000;
/** Nothing changed for so long: a phase in which less is asked. */
const QUIET_AFTER_MS = 30_000;
/** After a first failure the other services get so long to show theirs. */
const SETTLE_MS = 10_000;

/**
 * Waits until every service of a deployed stack truly runs: all current tasks running, and steadily for the update's
 * monitor window. Resolves with one outcome per service; failures are outcomes too (see `convergenceError`). Throws
 * BundleError `interrupted` (exit 130) when the signal is aborted, and the engine's error if it stays away.
 */
export async function converge(engine: Engine, options: ConvergeOptions): Promise<Outcome[]> {
  const { clock, signal } = options;
  const deadline = clock.now() + options.timeoutMs;
  const snapshots = new Snapshots(engine, options.stack, clock, signal);
  const watch = new Watch(engine, options, clock.now());
  let shown = '';
  let changedAt = clock.now();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const snapshot = await snapshots.read(deadline);
      const now = clock.now();
      const progress = await watch.round(snapshot, () => snapshots.stopping(deadline));
      if (JSON.stringify(progress) !== shown) {
        shown = JSON.stringify(progress);
        changedAt = now;
        options.onProgress?.(progress);
      }
      // The last word needs the nodes as they are now: tasks of a lost node keep saying "running".
      if (watch.allConverged() && !snapshot.nodesAreFresh) {
        snapshots.refreshNodes();
        continue;
      }
      if (watch.allDecided() || now >= deadline || snapshot.askedAt >= watch.firstFailureAt + SETTLE_MS) {
        return await conclude(engine, watch, snapshot, options, now >= deadline);
      }
      options.onWaiting?.(progress, {
        elapsedMs: now - (deadline - options.timeoutMs),
        timeoutMs: options.timeoutMs,
      });
      const pause = now - changedAt > QUIET_AFTER_MS ? QUIET_POLL_MS : POLL_MS;
      await clock.sleep(Math.max(1, Math.min(pause, deadline - now, watch.restMs() ?? pause)), signal);
    }
  } catch (error) {
    if (signal?.aborted === true) throw interrupted(options.stack, watch.progress);
    throw error;
  } finally {
    watch.close();
  }
}

function interrupted(stack: string, progress: readonly ServiceProgress[]): BundleError {
  const open = progress.filter((service) => service.state !== 'converged');
  const left = open.length === 0 ? '' : ` (not there yet: ${open.map((service) => service.name).join(', ')})`;
  return new BundleError('interrupted', `stopped waiting; the swarm goes on deploying ${stack} by itself${left}`, {
    exit: EXIT.interrupted,
    details: { services: progress },
  });
}
