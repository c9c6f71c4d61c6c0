import type { SwarmNode, SwarmTask } from '../engine/port.ts';

/** The swarm as far as it shows that an engine ended or started. */
export interface EngineSigns {
  /** All tasks of the stack, ended ones too. */
  stack: readonly SwarmTask[];
  nodes: readonly SwarmNode[];
}

/** An end that nobody asked the swarm for. */
interface End {
  task: SwarmTask;
  /** Milliseconds since 1970, by the managers' clock. */
  endedAt: number;
  /** When the task that took its place was made, by the managers' clock. */
  replacedAt: number | undefined;
}

/** Given by an engine that was killed to the containers that it finds dead (moby: daemon/daemon.go, restore). */
export const DIED_WITH_ENGINE = 255;
/** Of programs that an engine stops as it ends: they end well, by SIGTERM or by SIGKILL. */
const STOPPED_BY_ENGINE: readonly (number | undefined)[] = [0, 143, 137];
/** An engine finds its dead containers one after another. */
const TOGETHER_MS = 30_000;
/**
 * Between a sign that an engine started and the ends that it reports. Seen on 20.10 and 28: it joins its swarm, reports
 * what it finds within a second, and joins once more some 5 s later.
 */
const NEAR_START_MS = 10_000;
/** A replacement is made 0 to 2.5 s after the end that it answers, by the clocks of two machines. */
const REPORT_MS = 3_000;

/**
 * Whether a task ended with its node: the swarm gave it up, or its engine ended. The swarm does not say the latter and
 * the exit code alone does not either, since a program may end with the same one. So there has to be another sign:
 *
 * - the engine no longer had the container, or refused to start one while its swarm was not yet active;
 * - the node joined, by the last time that it was written, within seconds of the end;
 * - a task of another service on that node ended with it, and none is left from before;
 * - the swarm had replaced the task before its end was reported, as its node was down.
 *
 * The swarm keeps one time of a node only. An earlier start of an engine that left none of the other signs is therefore
 * not told from a program that ended; `explainUnstable` says so.
 */
export function endedWithNode(end: End, signs: EngineSigns): boolean {
  const { task } = end;
  if (task.state === 'orphaned' || lostByEngine(task)) return true;
  if (task.state === 'rejected') return startsNear(end, signs);
  if (!byEngine(task)) return false;
  return startsNear(end, signs) || endedTogether(task, signs.stack) || replacedBefore(end);
}

/** What an engine says of a task that it lost, or cannot take yet, whatever the task's program does. */
const LOST = /\bno such container\b|\bswarm is not active\b/i;
const lostByEngine = ({ state, error }: SwarmTask): boolean =>
  (state === 'failed' || state === 'rejected') && LOST.test(error);

/** Whether it ended as containers do whose engine ends. */
function byEngine({ state, exitCode }: SwarmTask): boolean {
  return (
    (state === 'failed' || state === 'complete') &&
    (exitCode === DIED_WITH_ENGINE || STOPPED_BY_ENGINE.includes(exitCode))
  );
}

/** Whether the engine of its node started at about that moment. */
function startsNear({ task, endedAt }: End, { stack, nodes }: EngineSigns): boolean {
  const joined = nodes.find(({ id }) => id === task.nodeId)?.updatedAt;
  const starts = [
    ...(joined === undefined ? [] : [Date.parse(joined)]),
    // Made for a task that ended with the engine.
    ...stack
      .filter((other) => other.nodeId === task.nodeId && other.id !== task.id && lostByEngine(other))
      .map(({ createdAt }) => Date.parse(createdAt)),
  ];
  return starts.some((at) => Math.abs(at - endedAt) <= NEAR_START_MS);
}

/** Whether tasks of other services on its node ended at that moment as well, and none is left from before. */
function endedTogether(task: SwarmTask, stack: readonly SwarmTask[]): boolean {
  const killed = task.exitCode === DIED_WITH_ENGINE;
  const at = Date.parse(task.stateAt);
  const onNode = stack.filter(({ nodeId, serviceId }) => nodeId === task.nodeId && serviceId !== task.serviceId);
  const alike = onNode.some(
    (other) =>
      byEngine(other) &&
      (!killed || other.exitCode === DIED_WITH_ENGINE) &&
      Math.abs(Date.parse(other.stateAt) - at) <= TOGETHER_MS,
  );
  return alike && !onNode.some(({ state, stateAt }) => state === 'running' && Date.parse(stateAt) < at - TOGETHER_MS);
}

/**
 * Whether the swarm made its replacement well before the node reported the end. A node whose clock is ahead would look
 * so as well: it shows by an end that lies after the moment at which the managers wrote it down.
 */
function replacedBefore({ task, replacedAt }: End): boolean {
  if (replacedAt === undefined || task.updatedAt === undefined) return false;
  const reported = Date.parse(task.stateAt);
  return reported <= Date.parse(task.updatedAt) && reported - replacedAt > REPORT_MS;
}
