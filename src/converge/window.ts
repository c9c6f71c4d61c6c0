import type { SwarmService, SwarmTask } from '../engine/port.ts';
import type { Seen } from '../swarm/memory.ts';

const LEAST_MS = 5_000;

/** How soon a log that is followed ends with its container. */
const SIGN_MS = 500;

/**
 * For how long a task must be seen running before it counts: the update's monitor window, at least 5 s, and the time
 * that news of its end would take. Until the report of it the swarm shows a dead task as running.
 * @param shown whether its log is followed, and open
 */
export function windowMs(
  service: Pick<SwarmService, 'updateMonitorSeconds'>,
  seen: Seen | undefined,
  shown = false,
): number {
  return Math.max(LEAST_MS, service.updateMonitorSeconds * 1000) + (shown ? SIGN_MS : reportMs(seen));
}

const REPORT_MS = 3_000;
const LONGEST_REPORT_MS = 6_000;

/**
 * Measured on two cores: ends are reported 0.3 to 2.5 s late, and later if the node has more to do than it can; such
 * a node also takes long to start a container. Bounded, since a burst of starts says little of the node a few seconds
 * on: the rare report that comes later still (11 s was seen under a load of twelve) is left to the verification and the
 * next look.
 */
function reportMs(seen: Seen | undefined): number {
  // With a health check the start takes as long as the check wants, which says nothing of the node.
  if (seen?.startTook === undefined || hasHealthCheck(seen.task)) return REPORT_MS;
  return Math.min(LONGEST_REPORT_MS, Math.max(REPORT_MS, 4 * seen.startTook));
}

/** True if the service itself sets a health check; one of the image does not show. */
export function hasHealthCheck(task: SwarmTask): boolean {
  const { ContainerSpec } = task.spec as { ContainerSpec?: { Healthcheck?: { Test?: string[] | null } | null } | null };
  const test = ContainerSpec?.Healthcheck?.Test?.[0];
  return test !== undefined && test !== 'NONE';
}

/** `90 s`, `4 min`, `2 h`: for sentences. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${String(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${String(minutes)} min` : `${String(Math.round(minutes / 60))} h`;
}
