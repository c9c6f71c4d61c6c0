import { TIMED_OUT, within, type Clock } from '../clock.ts';
import { BundleError, messageOf } from '../../errors.ts';
import { hasEnded, type Engine, type JobSpec, type SwarmNode, type SwarmTask } from '../../engine/port.ts';
import { lateText, REMOVED, resultOf, type JobResult } from './result.ts';
import { endJob, POLL_MS, startJob, wasRemoved, type JobRequest } from './run.ts';
import { timeLimit } from './time-up.ts';

export interface EachNodeRequest
  extends Omit<JobRequest, 'constraints' | 'secrets' | 'timeoutMs'>, Pick<JobSpec, 'binds'> {
  /** Where it runs: ids of nodes that take tasks. */
  on: ReadonlySet<string>;
  /** All of the swarm. */
  nodes: readonly SwarmNode[];
  /** From its creation, or since the last engine prepared a task of it, which may take up to PREPARING_MS. */
  timeoutMs: number;
}

export interface NodeResult extends JobResult {
  /** Its ended task. */
  task?: SwarmTask;
}

/** A node that went away holds its log back. */
const LOG_MS = 5_000;

/**
 * Runs a command once on each of these nodes, by one job, and gives what came of it by node id. The job is removed in
 * any case, and waited for, as by `runJob`.
 * @throws BundleError what the engine says; the signal's reason
 */
export async function runOnEachNode(
  engine: Engine,
  request: EachNodeRequest,
  { clock, signal }: { clock: Clock; signal?: AbortSignal | undefined },
): Promise<Map<string, NodeResult>> {
  const { on, nodes, binds = [], ...job } = request;
  const startedAt = clock.now();
  const isTimeUp = timeLimit(clock, request.timeoutMs);
  // Constraints are all to be met: of several nodes it can only be said which it is not.
  const constraints = nodes.filter(({ id }) => !on.has(id)).map(({ id }) => `node.id != ${id}`);
  const id = await startJob(engine, { ...job, constraints, eachNode: true, binds }, signal);
  try {
    for (;;) {
      const tasks = await engine.tasks({ serviceId: id });
      if (await wasRemoved(engine, request.stack, id, tasks)) return new Map([...on].map((node) => [node, REMOVED]));
      const ended = new Map(tasks.filter(hasEnded).map((task) => [task.nodeId, task]));
      if ([...on].every((node) => ended.has(node)) || isTimeUp(tasks.filter(({ nodeId }) => on.has(nodeId)))) {
        const waitedMs = clock.now() - startedAt;
        const results = await Promise.all(
          [...on].map(async (node): Promise<[string, NodeResult]> => {
            const task = ended.get(node);
            if (task === undefined)
              return [
                node,
                {
                  ok: false,
                  text: lateText(
                    tasks.find(({ nodeId }) => nodeId === node),
                    waitedMs,
                  ),
                  lines: [],
                },
              ];
            return [node, { ...(await readResult(engine, task, clock, signal)), task }];
          }),
        );
        return new Map(results);
      }
      await clock.sleep(POLL_MS, signal);
    }
  } finally {
    await endJob(engine, id, clock);
  }
}

/** One node's silence is no reason to lose what the others said. */
async function readResult(
  engine: Engine,
  task: SwarmTask,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<JobResult> {
  const stop = new AbortController();
  try {
    const read = await within(resultOf(engine, task, stop.signal), LOG_MS, clock, signal);
    return read === TIMED_OUT
      ? { ok: false, text: `its log could not be read within ${LOG_MS / 1000} s`, lines: [] }
      : read;
  } catch (error) {
    if (signal?.aborted === true || !(error instanceof BundleError)) throw error;
    return { ok: false, text: messageOf(error), lines: [] };
  } finally {
    stop.abort();
  }
}
