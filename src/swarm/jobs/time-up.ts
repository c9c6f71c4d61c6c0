import type { SwarmTask } from '../../engine/port.ts';
import type { Clock } from '../clock.ts';

/**
 * So long at most a job waits for engines to prepare its tasks, which is where they fetch its image. They ask its
 * registry also for an image that they hold, unless it is named by a digest that they hold (moby/moby:
 * daemon/cluster/executor/container/adapter.go, pullImage; controller.go, Prepare). One that is cut off costs 15 s for
 * each way to it: two of one that may be insecure, or has a mirror (registry/auth.go, PingV2Registry;
 * registry/service_v2.go); with images in containerd's store up to 30 s (daemon/pkg/registry/registry.go: the dialer).
 */
export const PREPARING_MS = 45_000;

/**
 * Watches the time of a job from now on: so long as the engine of a node prepares its task, up to PREPARING_MS or the
 * job's own time, that does not count.
 * @param timeoutMs from then on
 * @returns tells whether the time is up; asked at each look, with the tasks that are waited for
 */
export function timeLimit(clock: Clock, timeoutMs: number): (tasks: readonly SwarmTask[]) => boolean {
  const startedAt = clock.now();
  let preparedAt = startedAt;
  return (tasks) => {
    const now = clock.now();
    if (!tasks.some(({ state }) => state === 'preparing')) return now >= preparedAt + timeoutMs;
    preparedAt = now;
    return now >= startedAt + Math.max(PREPARING_MS, timeoutMs);
  };
}
