import type { ServiceSpec } from '../compose/spec.ts';
import { lookAdvice } from '../swarm/log-advice.ts';
import type { SwarmNode, SwarmService, SwarmTask } from '../engine/port.ts';
import { currentTasks, slotKey, tasksOf } from '../swarm/current-tasks.ts';
import { DIED_WITH_ENGINE } from './ended-with-node.ts';
import { unplannedEnds, type UnplannedEnd } from './ends.ts';
import { needsReadyAt, runningSince } from './needs.ts';
import type { ConvergeFinding } from './outcome.ts';
import { sameEnd } from './start-failure.ts';
import { duration, windowMs } from './window.ts';

/** How the tasks of a service stayed up since it was deployed. */
export interface Stability {
  /** `settling`: it ended during its start, and its task has not yet outlived those before it. */
  is: 'stable' | 'settling' | 'unstable';
  /** Unplanned ends in its history, newest first; the swarm keeps only so many. */
  ends: UnplannedEnd[];
  /** Of `settling`: it is stable after so long, in ms, if nothing happens. */
  restMs: number;
}

export interface StabilityView {
  service: SwarmService;
  stack: string;
  /** Of the whole stack: services, and tasks of their newest versions, ended ones too. */
  services: readonly SwarmService[];
  tasks: readonly SwarmTask[];
  /** To tell the end of an engine from that of a task. */
  nodes: readonly SwarmNode[];
  /** By the managers' clock. */
  now: number;
  /** This and `needs` as in `ServiceExpectation`. */
  startGraceSeconds: number;
  needs: readonly string[] | undefined;
  /** How long a task ran, in ms, if somebody saw it. */
  ran?: (task: SwarmTask) => number | undefined;
  /**
   * Of one who waits: since when, by the managers' clock, and for how many ms more. The cause of all ends before may be
   * mended.
   */
  wait?: { since: number; leftMs: number };
}

/** Two ends within this many ms are one too many; each further one is looked for in a window three times as long. */
const TWO_ENDS_MS = 10 * 60_000;
const LONGEST_WINDOW_MS = 24 * 3_600_000;
/** So many ends are a loop even if no task ran for its window. */
const LOOP = 3;

/** Within how many ms so many ends (two at least) make a service unstable: it grows with them. */
export function unstableWindowMs(ends: number): number {
  return Math.min(LONGEST_WINDOW_MS, TWO_ENDS_MS * 3 ** (ends - 2));
}

/**
 * Judges the history of every slot since the deployment. A slot is unstable if more than one unplanned end lies within
 * the window, until its task has run twice as long as those before it: a regular loop never gets there. Ends of a start
 * that waits for what the service needs are no instability; they only make the next task prove itself for longer, and
 * so do those from before a wait that is long enough for that.
 */
export function stabilityOf(view: StabilityView): Stability {
  const { service, tasks, nodes, now, wait } = view;
  const current = currentTasks(service, tasks);
  const grace = graceOf(view);
  const slots = [...unplannedEnds(service, tasks, { stack: tasks, nodes })].map(([key, found]) => {
    const ends = found.map((end) => ({ ...end, ranMs: view.ran?.(end.task) ?? end.ranMs }));
    const task = current.find((each) => slotKey(service, each) === key);
    const slot = slotStability(service, ends, task, now, grace);
    return wait !== undefined && mayBeMended(slot, wait) ? { ...slot, is: 'settling' as const } : slot;
  });
  const worst = slots.find(({ is }) => is === 'unstable') ?? slots.find(({ is }) => is === 'settling');
  const ends = worst?.ends ?? slots.flatMap((slot) => slot.ends).sort((a, b) => b.endedAt - a.endedAt);
  return { is: worst?.is ?? 'stable', ends, restMs: Math.max(0, ...slots.map(({ restMs }) => restMs)) };
}

/** Ends of tasks that were made before `servedAt` may be those of a start that waits for something. */
interface StartGrace {
  servedAt: number;
  endsAt: number;
}

function graceOf({ service, stack, services, tasks, needs, startGraceSeconds }: StabilityView): StartGrace {
  const endsAt = startedAt(service, tasks) + startGraceSeconds * 1000;
  return { servedAt: needsReadyAt(needs, stack, { services, tasks }) ?? endsAt, endsAt };
}

/**
 * When what runs was last deployed, by the managers' clock. A write to a service clears its update's status, and a
 * start from a count of 0 replaces no task, so the swarm gives it none (moby/swarmkit: manager/controlapi/service.go,
 * UpdateService; manager/orchestrator/update/updater.go, Run). When the service was written is known then; a new leader
 * writes it once more (manager/allocator/network.go, allocateServices): its tasks are older then.
 */
function startedAt(service: SwarmService, tasks: readonly SwarmTask[]): number {
  const { updateStatus, previousSpec, createdAt, updatedAt } = service;
  if (updateStatus?.startedAt !== undefined) return Date.parse(updateStatus.startedAt);
  if ((previousSpec as ServiceSpec | undefined)?.Mode?.Replicated?.Replicas !== 0) return Date.parse(createdAt);
  return Math.min(...[updatedAt, ...tasksOf(service, tasks).map((task) => task.createdAt)].map((at) => Date.parse(at)));
}

/**
 * Whether tasks of a service ended by themselves twice or more lately, one soon after the other, and the one that runs
 * has not yet outlived them: it comes to nothing by being left alone. Tasks are those of the whole stack, ended ones
 * too.
 */
export function endsAgain({
  service,
  tasks,
  nodes,
  now,
}: Pick<StabilityView, 'service' | 'tasks' | 'nodes' | 'now'>): boolean {
  const current = currentTasks(service, tasks);
  return [...unplannedEnds(service, tasks, { stack: tasks, nodes })].some(([key, ends]) => {
    const task = current.find((each) => slotKey(service, each) === key);
    return recentEnds(service, ends, task, now).restMs > 0;
  });
}

/** Ends of a slot that are near enough to each other to be one trouble, and how long its task must yet run. */
function recentEnds(
  service: SwarmService,
  ends: UnplannedEnd[],
  current: SwarmTask | undefined,
  now: number,
): { recent: UnplannedEnd[]; restMs: number } {
  const own = ends.filter(({ cause }) => cause === 'own');
  const recent = own.filter((end, index) => index === 0 || now - end.endedAt <= unstableWindowMs(index + 1));
  if (recent.length < 2) return { recent, restMs: 0 };
  const longest = Math.max(0, ...recent.map(({ ranMs }) => ranMs ?? 0));
  const runs = current?.state === 'running' ? now - runningSince(current) : 0;
  return { recent, restMs: Math.max(0, Math.max(windowMs(service, undefined), 2 * longest) - runs) };
}

function slotStability(
  service: SwarmService,
  ends: UnplannedEnd[],
  current: SwarmTask | undefined,
  now: number,
  grace: StartGrace,
): Stability {
  const { recent, restMs } = recentEnds(service, ends, current, now);
  if (restMs === 0) return { is: 'stable', ends, restMs };
  const window = windowMs(service, undefined);
  const counted = recent.filter(({ task }) => Date.parse(task.createdAt) >= grace.servedAt);
  // A node that is late with its reports makes a life look longer: twice the window is surely one.
  const ran = counted.some(({ ranMs = 0 }) => ranMs >= 2 * window);
  const [last] = counted;
  // Quick ends in other words each time may be steps of a start, until its grace is over.
  const inVain = counted
    .slice(0, LOOP)
    .filter(({ task }) => Date.parse(task.createdAt) >= grace.endsAt || (last && sameEnd(task, last.task, service)));
  return { is: inVain.length >= LOOP || (counted.length >= 2 && ran) ? 'unstable' : 'settling', ends: recent, restMs };
}

/**
 * Whether nothing ended in the wait, or only what could not begin and had been tried since before it, as a pull; and it
 * is long enough for the next task to outlive those before it.
 */
function mayBeMended({ is, ends: [last], restMs }: Stability, { since, leftMs }: { since: number; leftMs: number }) {
  if (is !== 'unstable' || last === undefined || restMs > leftMs) return false;
  return (last.task.state === 'rejected' ? Date.parse(last.task.createdAt) : last.endedAt) <= since;
}

/** What is to be said of an unstable service; what to do is `UNSTABLE_ADVICE`. */
export function explainUnstable({ ends }: Pick<Stability, 'ends'>, now: number): ConvergeFinding & { task: SwarmTask } {
  const [last] = ends;
  if (last === undefined) throw new TypeError('an unstable service has ended');
  const since = Math.max(0, now - (ends.at(-1)?.endedAt ?? now));
  return {
    kind: 'unstable',
    task: last.task,
    text:
      `it does not stay up: its task ended ${String(ends.length)} times within the last ${duration(since)}, the ` +
      `last time ${howItEnded(last)}`,
    hints: [
      lookAdvice(last.task),
      ...(ends.some(({ task }) => task.exitCode === DIED_WITH_ENGINE)
        ? ['255 is also what an engine that was killed gives its containers: if that was it, verify again later']
        : []),
    ],
  };
}

/** `after 25 s with exit code 3`. */
export function howItEnded({ task, ranMs }: UnplannedEnd): string {
  if (task.exitCode === undefined) return task.error || task.message || 'without a reason';
  return `${ranMs === undefined ? '' : `after ${duration(ranMs)} `}with exit code ${String(task.exitCode)}`;
}
