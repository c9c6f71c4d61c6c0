import { lookAdvice } from '../swarm/log-advice.ts';
import { endedUnasked, type SwarmService, type SwarmTask } from '../engine/port.ts';
import { lifeMs, mayBeOfBefore, type Seen } from '../swarm/memory.ts';
import type { ConvergeFinding } from './outcome.ts';
import { isJobService } from '../swarm/current-tasks.ts';
import { restartDelayMs } from './ends.ts';
import type { Grace } from './grace.ts';
import { sameEnd } from './start-failure.ts';
import { duration, hasHealthCheck, windowMs } from './window.ts';

/** So many tasks in a row make a loop. */
export const LOOP = 3;

/**
 * The ended tasks at the head of a slot's history, newest first, up to one that ran for the window: what ran that long
 * had started well, and its end begins a new count.
 */
function streak(service: SwarmService, history: readonly Seen[]): Seen[] {
  const result: Seen[] = [];
  for (const [index, seen] of history.entries()) {
    if (seen.endedAt === undefined) {
      if (index > 0) break;
      continue;
    }
    if (
      !endedBadly(seen) ||
      longestRun(seen, history[index - 1]?.task, restartDelayMs(service)) >= startedWellMs(service, seen)
    )
      break;
    result.push(seen);
  }
  return result;
}

/** A job that fails has not done its part, however long it ran. */
function startedWellMs(service: SwarmService, seen: Seen): number {
  return isJobService(service) ? Infinity : windowMs(service, seen);
}

/** A loop whose newest task does not run now: one that does may be the one that stays. */
export function crashLoop(service: SwarmService, history: readonly Seen[], grace: Grace): ConvergeFinding | undefined {
  if (history[0]?.task.state === 'running' && history[0].endedAt === undefined) return undefined;
  return endsInRow(service, history, grace);
}

/**
 * Three tasks of a slot in a row that ended after the grace; or if the last three were made when all that the service
 * needs ran, and ended in the same words: then none of them waited for anything.
 */
export function endsInRow(
  service: SwarmService,
  history: readonly Seen[],
  { graceEndsAt, needsReadyAt }: Grace,
): ConvergeFinding | undefined {
  const ended = streak(service, history);
  const [last] = ended;
  // One of them must have ended while we watched: history alone may be of another day.
  if (last === undefined || mayBeOfBefore(last)) return undefined;
  const late = ended.filter((seen) => (seen.endedAt ?? 0) >= graceEndsAt);
  const inVain = ended
    .slice(0, LOOP)
    .filter(
      ({ task }) =>
        needsReadyAt !== undefined && Date.parse(task.createdAt) >= needsReadyAt && sameEnd(task, last.task, service),
    );
  return late.length >= LOOP || inVain.length >= LOOP ? explain(ended) : undefined;
}

/** What ended tasks of one slot, newest first, say together. */
export function explain(history: readonly Seen[]): ConvergeFinding {
  const tasks = history.map((seen) => seen.task);
  const last = tasks[0];
  if (last === undefined) return { kind: 'crash-loop', text: 'its tasks end as soon as they start' };
  const times =
    tasks.length === 1 ? 'its task ended' : `its task ended ${String(tasks.length)} times in a row${span(tasks)}`;
  const look = lookAdvice(last);
  if (/unhealthy/i.test(last.error)) {
    return {
      kind: 'unhealthy',
      task: last,
      text: `${times}: its health check failed and the engine killed it (${last.error})`,
      hints: [look],
    };
  }
  if (last.exitCode === 137) {
    return { kind: 'killed', task: last, text: `${times}, killed (exit 137): ${outOfMemory(last)}`, hints: [look] };
  }
  if ((last.state === 'complete' || last.exitCode === 0) && hasHealthCheck(last) && history[0]?.ran === false) {
    // A program that ends politely when the engine stops it leaves no trace of why it was stopped.
    return {
      kind: 'unhealthy',
      task: last,
      hints: [look],
      text:
        `${times} with exit code 0 before its health check had passed once; the check failed and the engine ` +
        'stopped it, or it ended by itself',
    };
  }
  if (last.state === 'complete' || last.exitCode === 0) {
    return {
      kind: 'crash-loop',
      task: last,
      text: `${times} with exit code 0, although it should keep running`,
      hints: [look],
    };
  }
  const code =
    last.exitCode === undefined || last.error.includes(`(${String(last.exitCode)})`)
      ? ''
      : ` (exit ${String(last.exitCode)})`;
  return {
    kind: 'crash-loop',
    task: last,
    text: `${times}: ${last.error || last.message || 'no reason given'}${code}`,
    hints: [look],
  };
}

function endedBadly(seen: Seen): boolean {
  // A task that vanished while the swarm still wanted it ended on its own.
  if (!endedUnasked(seen.task)) {
    return seen.task.desiredState === 'running' || seen.task.desiredState === 'ready';
  }
  return true;
}

/** The longest this task can have run, in milliseconds. */
function longestRun(seen: Seen, successor: SwarmTask | undefined, delayMs: number): number {
  const watched = lifeMs(seen);
  if (watched !== undefined) return watched;
  // It ran or ended before we looked. Both creation times are of the managers' clocks, unlike the node's own report.
  const end = successor?.createdAt ?? seen.task.stateAt;
  return Date.parse(end) - Date.parse(seen.task.createdAt) - delayMs;
}

function span(tasks: readonly SwarmTask[]): string {
  const first = tasks.at(-1);
  const last = tasks[0];
  if (first === undefined || last === undefined) return '';
  const ms = Date.parse(last.stateAt) - Date.parse(first.createdAt);
  return ms > 0 ? ` within ${duration(ms)}` : '';
}

/** The engine says only "137" for a task killed for want of memory; the rest is evidence. */
function outOfMemory(task: SwarmTask): string {
  const resources = task.spec as { Resources?: { Limits?: { MemoryBytes?: number } | null } | null };
  const limit = resources.Resources?.Limits?.MemoryBytes;
  if (limit === undefined || limit === 0) {
    return (
      'nobody asked the swarm to stop it and it has no memory limit, so its node may have run out of memory (see ' +
      'the kernel log there)'
    );
  }
  return (
    `nobody asked the swarm to stop it and its memory limit is ${String(Math.round(limit / 2 ** 20))} MiB, so it ` +
    'probably ran out of memory'
  );
}
