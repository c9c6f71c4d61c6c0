import { hasEnded, type SwarmService, type SwarmTask } from '../engine/port.ts';
import { newestFirst, slotKey } from './current-tasks.ts';

/** What this machine saw of one task, by its own clock: nodes' clocks may be off, and the swarm forgets ended tasks. */
export interface Seen {
  task: SwarmTask;
  /** Last time it was seen not yet running; absent if it already ran when first seen. */
  beforeRunning?: number;
  /** How long it took from `starting` to `running`, in ms; absent if we did not see it start. */
  startTook?: number;
  startedAt?: number;
  /** When its node says that it began to run, by that node's clock; absent if we did not see it run. */
  runningAt?: string;
  /** True once it was seen running; false also if it ended before we looked. */
  ran: boolean;
  /** First time it was seen ended, or gone. */
  endedAt?: number;
  /** True if it had already ended when first seen. */
  endedBefore: boolean;
  /** True if it was there at the first look at its version. */
  there: boolean;
}

/** What was seen of all tasks of the newest version of each service since the wait began. */
export class Memory {
  readonly #services = new Map<string, { spec: string; tasks: Map<string, Seen> }>();
  readonly #held = new Map<string, { value: string; since: number }>();

  /** Takes in one round's up-to-date tasks of a service. */
  observe(service: SwarmService, tasks: readonly SwarmTask[], now: number): void {
    const spec = JSON.stringify(service.spec);
    let known = this.#services.get(service.id);
    const isFirst = known?.spec !== spec;
    if (known === undefined || isFirst) {
      // Another version: what the previous one's tasks did does not count.
      known = { spec, tasks: new Map() };
      this.#services.set(service.id, known);
    }
    const present = new Set(tasks.map((task) => task.id));
    for (const task of tasks) note(known.tasks, task, now, isFirst);
    for (const seen of known.tasks.values()) {
      // Gone within one version: it ended, and the swarm keeps no history of it.
      if (!present.has(seen.task.id)) seen.endedAt ??= now;
    }
  }

  /** What was seen of one task. */
  seen(service: SwarmService, task: SwarmTask): Seen | undefined {
    return this.#services.get(service.id)?.tasks.get(task.id);
  }

  /** For how long a task ran at most, in ms; undefined if we did not see both its start and its end. */
  ranMs(service: SwarmService, task: SwarmTask): number | undefined {
    const seen = this.seen(service, task);
    return seen?.endedBefore === true ? undefined : seen && lifeMs(seen);
  }

  /** Every task seen in a slot, newest first. */
  history(service: SwarmService, key: string): Seen[] {
    const all = [...(this.#services.get(service.id)?.tasks.values() ?? [])].filter(
      (seen) => slotKey(service, seen.task) === key,
    );
    const order = new Map(newestFirst(all.map((seen) => seen.task)).map((task, index) => [task.id, index]));
    return all.sort((a, b) => (order.get(a.task.id) ?? 0) - (order.get(b.task.id) ?? 0));
  }

  /**
   * The most tasks of one slot that ended since the wait began.
   * @param madeSince counts those that were made since then, by the managers' clock
   */
  endsWatched(service: SwarmService, madeSince: number): number {
    const counts = ({ task, endedAt, endedBefore }: Seen): boolean =>
      endedAt !== undefined && !endedBefore && Date.parse(task.createdAt) >= madeSince;
    return Math.max(0, ...this.slots(service).map((key) => this.history(service, key).filter(counts).length));
  }

  /** Every slot seen of a service. */
  slots(service: SwarmService): string[] {
    const tasks = [...(this.#services.get(service.id)?.tasks.values() ?? [])];
    return [...new Set(tasks.map((seen) => slotKey(service, seen.task)))];
  }

  /** For how long `key` has had this very value, asked round after round. */
  held(key: string, value: string, now: number): number {
    const known = this.#held.get(key);
    if (known?.value === value) return now - known.since;
    this.#held.set(key, { value, since: now });
    return 0;
  }
}

/**
 * How long a task ran, in ms, or the longest that it can have run; undefined if we did not see its start and its
 * end. Its node stamps both states by one clock (moby/swarmkit: agent/exec/controller.go, Do), so that a report that
 * comes late makes no life longer; what others say of its end (a node that is lost, a task that vanished) bears another
 * clock's time.
 */
export function lifeMs({ task, runningAt, beforeRunning, endedAt }: Seen): number | undefined {
  if (runningAt !== undefined && (task.state === 'failed' || task.state === 'complete')) {
    const ms = Date.parse(task.stateAt) - Date.parse(runningAt);
    // A clock that was set back meanwhile says nothing.
    if (ms >= 0) return ms;
  }
  return endedAt === undefined || beforeRunning === undefined ? undefined : endedAt - beforeRunning;
}

/**
 * Whether the cause of a task's end may have been mended before the wait began: it had ended by then, or could not
 * begin and had been tried since before, as a pull.
 */
export const mayBeOfBefore = ({ task, there, endedBefore }: Seen): boolean =>
  endedBefore || (there && task.state === 'rejected');

function note(tasks: Map<string, Seen>, task: SwarmTask, now: number, isFirst: boolean): void {
  const ended = hasEnded(task);
  const seen = tasks.get(task.id) ?? { task, endedBefore: ended, ran: false, there: isFirst };
  seen.task = task;
  if (!ended && task.state !== 'running') seen.beforeRunning = now;
  if (task.state === 'starting') seen.startedAt ??= now;
  if (task.state === 'running') {
    seen.ran = true;
    seen.runningAt ??= task.stateAt;
    if (seen.startedAt !== undefined) seen.startTook ??= now - seen.startedAt;
  }
  if (ended) seen.endedAt ??= now;
  tasks.set(task.id, seen);
}
