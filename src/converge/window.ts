import type { SwarmService } from '../engine/port.ts';

const LEAST_SECONDS = 5;

/** How long a task must keep running before it counts: the update's monitor window, at least 5 s. */
export function windowMs(service: Pick<SwarmService, 'updateMonitorSeconds'>): number {
  return Math.max(LEAST_SECONDS, service.updateMonitorSeconds) * 1000;
}

/** `90 s`, `4 min`, `2 h`: for sentences. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${String(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${String(minutes)} min` : `${String(Math.round(minutes / 60))} h`;
}
