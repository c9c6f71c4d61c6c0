import { howItEnded } from '../../converge/stability.ts';
import { unplannedEnds, type UnplannedEnd } from '../../converge/ends.ts';
import { currentTasks, isJobService, newestFirst, slotKey, tasksOf } from '../../swarm/current-tasks.ts';
import { formerOf, type Former } from '../../swarm/former-tasks.ts';
import type { Memory } from '../../swarm/memory.ts';
import { phaseOf } from '../../swarm/phase.ts';
import { wantedOnNodes } from '../../place/global.ts';
import type { Snapshot } from '../../swarm/snapshot.ts';
import { findsNoNode } from '../../converge/unplaceable.ts';
import { hasFailed, type SwarmService, type SwarmTask } from '../../engine/port.ts';
import { resultFor, upCheck, type TaskToCheck } from './check-task.ts';
import { placedEndpoints } from '../endpoints/placed.ts';
import type { CheckResult } from '../result.ts';
import type { StackVerifyOptions } from '../options.ts';

/** Word for `--only` and `--skip`, and name of the result: there is one if a task is missing or too many. */
export const TASKS = 'tasks';

/** One service as it stands at one moment. */
export interface ServiceLook {
  name: string;
  service: SwarmService | undefined;
  wanted: number;
  /** Current tasks that run, or of a job are complete, to be checked. */
  running: TaskToCheck[];
  /** Current tasks that do not run (yet). */
  starting: TaskToCheck[];
  /** How many tasks there should be and are not. */
  missing: number;
  /** How many the swarm was told by hand to have beyond those that there should be. */
  surplus: number;
  /** That another task still stops in the place of one of these; undefined if none does. */
  former: Former | undefined;
  /** Why, if something is starting or missing. */
  phase: string;
}

const MISSING_MS = 10_000;
const FORMER_MS = 10_000;
const NO_NODE_MS = 15_000;

/**
 * A service's current tasks, as its expectation wants them looked at.
 * @param stopping tasks of the stack that the swarm told to stop, of whatever version
 */
export function look(
  expectation: StackVerifyOptions['expectations'][number],
  snapshot: Snapshot,
  stopping: readonly SwarmTask[],
  options: StackVerifyOptions,
): ServiceLook {
  const { service: name, looks } = expectation;
  const service = snapshot.services.find((one) => one.name === `${options.stack}_${name}`);
  if (service === undefined) {
    const phase = options.words?.absent(name) ?? 'the swarm has no such service';
    return {
      name,
      service,
      wanted: expectation.replicas,
      running: [],
      starting: [],
      missing: expectation.replicas,
      surplus: 0,
      former: undefined,
      phase,
    };
  }
  const tasks = tasksOf(service, snapshot.tasks);
  const current = currentTasks(service, tasks);
  const job = isJobService(service);
  const there = (task: SwarmTask): boolean => task.state === (job ? 'complete' : 'running');
  const running = current.filter(there);
  const wanted =
    service.mode.kind === 'global' || service.mode.kind === 'global-job'
      ? Math.max(1, wantedOnNodes(service, snapshot.nodes, current))
      : Math.max(expectation.replicas, service.mode.replicas);
  const ends = unplannedEnds(service, tasks, { stack: snapshot.tasks, nodes: snapshot.nodes });
  const subject = (task: SwarmTask): TaskToCheck => {
    const node = snapshot.nodes.find((one) => one.id === task.nodeId);
    return {
      name,
      service,
      task,
      node: node?.hostname,
      away: node?.state !== 'ready',
      endpoints: placedEndpoints(expectation, service, task, snapshot, options.stack),
      endedBefore: endedBefore(ends.get(slotKey(service, task)) ?? []),
      withinSeconds: expectation.withinSeconds,
      servesWithinSeconds: expectation.servesWithinSeconds ?? expectation.withinSeconds,
      looks: { secrets: looks.secrets, running: looks.running },
      mounts: options.secrets[name],
      forbidden: options.forbidden[name] ?? [],
      logs: expectation.logs,
      programs: expectation.programs ?? [],
      logCommand: options.words?.logs(task.id) ?? `docker service logs ${task.id}`,
    };
  };
  return {
    name,
    service,
    wanted,
    running: running.map(subject),
    starting: current.filter((task) => !there(task)).map(subject),
    missing: Math.max(0, wanted - current.length),
    surplus: service.mode.kind === 'replicated' ? Math.max(0, service.mode.replicas - expectation.replicas) : 0,
    former: formerOf(service, current, stopping, snapshot, options.start),
    phase:
      options.words?.absent(name) ??
      scaled(service, expectation.replicas) ??
      (job ? jobPhase(current, tasks) : undefined) ??
      phaseOf(service, current, running, tasks),
  };
}

/** What became of the newest task of a job that has none under way. */
function jobPhase(current: readonly SwarmTask[], tasks: readonly SwarmTask[]): string | undefined {
  const [failed] = newestFirst(tasks.filter(hasFailed));
  return current.every(({ state }) => state === 'complete') && failed !== undefined
    ? `its newest task failed: ${failed.error || failed.message}`
    : undefined;
}

/** What became of the tasks before a running one, for its evidence: one end is no fault, but worth knowing. */
function endedBefore(ends: readonly UnplannedEnd[]): string {
  const [last] = ends;
  if (last === undefined) return '';
  const times = ends.length === 1 ? 'once' : `${String(ends.length)} times`;
  return (
    `; ended ${times} before, the last time ` +
    `${last.cause === 'node' ? 'with its node or engine' : howItEnded(last)}`
  );
}

/** By hand, or by a deployment that stopped while a member moves: the service itself does not tell. */
function scaled({ mode }: SwarmService, replicas: number): string | undefined {
  return mode.kind === 'replicated' && mode.replicas !== replicas
    ? `the service is scaled to ${String(mode.replicas)}`
    : undefined;
}

/** True if no task is still on its way, or has been for longer than it may. */
export function nothingMoreComes(one: ServiceLook, memory: Memory, now: number): boolean {
  if (one.service === undefined) return true;
  const missing = memory.held(`missing ${one.name}`, String(one.missing), now);
  const former = memory.held(`former ${one.name}`, one.former?.text ?? '', now);
  // What was left behind may stop for hours yet, and fails nothing.
  if (one.former?.leftBehind === false && former < FORMER_MS) return false;
  if (one.missing > 0 && missing < MISSING_MS) return false;
  return one.starting.every(({ task, withinSeconds }) => {
    const limit = findsNoNode(task) ? NO_NODE_MS : withinSeconds * 1000;
    // By task state too: one that is being restarted again and again is never long in one state, and ends at the
    // deadline.
    return (
      memory.held(`starting ${one.name} ${String(task.slot)} ${task.nodeId}`, `${task.id} ${task.error}`, now) >= limit
    );
  });
}

/** That a service has its tasks, and no others, for who asked for that by name; of one without faults. */
export function rightCount({ name, wanted, running, service }: ServiceLook): CheckResult {
  // A task that is complete stays so wherever its node is by now.
  const away = running.find((subject) => subject.away && subject.task.state !== 'complete');
  const up = service !== undefined && isJobService(service) ? 'are complete' : 'run';
  return {
    service: name,
    check: TASKS,
    ...(away === undefined
      ? { status: 'passed', detail: `${String(running.length)} of ${String(wanted)} ${up}, and no others` }
      : { status: 'unsure', detail: `the swarm has no word from ${away.node ?? 'the node of a task'}` }),
  };
}

/**
 * Failures of the number of tasks: those that do not run, those that are missing, and those that are too many, be it
 * that a former one still stops. A second task of one identity is no help: it writes to the same volume as the first,
 * or has an empty one elsewhere.
 * @param words the last lines of a task's log, to follow what is said of it; empty if there are none
 */
export async function miscounts(
  one: ServiceLook,
  words: (subject: TaskToCheck) => Promise<string>,
): Promise<CheckResult[]> {
  const starting = await Promise.all(
    one.starting.map(async (subject) =>
      resultFor(subject, {
        check: upCheck(isJobService(subject.service)),
        status: 'failed',
        detail: `${subject.task.error || `the task is ${subject.task.state}`}${await words(subject)}`,
      }),
    ),
  );
  const former = one.former === undefined || one.running.length === 0 ? [] : [twoAtATime(one.name, one.former)];
  if (one.missing === 0 && one.surplus === 0) return [...starting, ...former];
  const there = one.running.length + one.starting.length;
  const detail = `${String(there)} of ${String(one.wanted - one.surplus)} tasks: ${one.phase}`;
  return [...starting, ...former, { service: one.name, check: TASKS, status: 'failed', detail }];
}

/** They do run both; what an update before left behind says nothing against the deployment that asks. */
function twoAtATime(service: string, { text, leftBehind }: Former): CheckResult {
  const detail = `two at a time: ${text}`;
  if (!leftBehind) return { service, check: TASKS, status: 'failed', detail };
  const why = 'an update before this deployment left it behind; `bundle verify` tells once it has ended';
  return { service, check: TASKS, status: 'unsure', detail: `${detail}; ${why}` };
}
