import type { SwarmNode, SwarmTask } from '../engine/port.ts';
import { currentTasks, isJobService, slotKey } from '../swarm/current-tasks.ts';
import { formerOf } from '../swarm/former-tasks.ts';
import { detect, instability } from './detect.ts';
import { judgeJob } from './job.ts';
import type { Verdict } from './outcome.ts';
import { runningSince } from './needs.ts';
import { phaseOf } from '../swarm/phase.ts';
import { wantedOnNodes } from '../place/global.ts';
import { explainNoneEligible, patienceMs } from './unplaceable.ts';
import type { Judgement, ServiceView } from './view.ts';
import { windowMs } from './window.ts';

/** What is said of a former task that does not keep a deployment waiting. */
const LEFT_BEHIND = 'an update before this deployment left it behind, and it is not waited for';

/** Whether a service runs, still starts, or failed; its update status aside. */
export async function judge(view: ServiceView): Promise<Judgement> {
  const { service, nodes } = view;
  if (isJobService(service)) return judgeJob(view);
  const current = currentTasks(service, view.tasks);
  const wanted = service.mode.kind === 'global' ? wantedOnNodes(service, nodes, current) : service.mode.replicas;
  const running = current.filter((task) => runs(task, nodes));
  const steady = current.map((task) => ({
    ms: steadyFor(task, view),
    neededMs: windowMs(
      service,
      view.memory.seen(service, task),
      // What was left alone has mostly run for longer than any report takes.
      !view.untouched && runs(task, nodes) && view.signs.show(service, task),
    ),
  }));
  const sinceMs = view.memory.held(`wanted ${service.id}`, wanted === 0 ? 'none' : 'some', view.now);
  const verdict = wanted === 0 ? noneWanted(view, sinceMs) : undefined;
  const allSteady = current.length > 0 && steady.every(({ ms, neededMs }) => ms >= neededMs);
  return {
    running: running.length,
    wanted,
    steady: allSteady,
    verdict: verdict ?? (await decide(view, { wanted, current, running, steady })),
  };
}

interface Count {
  wanted: number;
  current: SwarmTask[];
  running: SwarmTask[];
  /** For how long each current task has been seen running, and has to be. */
  steady: { ms: number; neededMs: number }[];
}

async function decide(view: ServiceView, { wanted, current, running, steady }: Count): Promise<Verdict> {
  const { service, stability } = view;
  const finding = running.length < wanted ? await detect(view, current) : undefined;
  if (finding !== undefined) return { is: 'failed', finding };
  if (stability.is === 'unstable') return { is: 'failed', finding: instability(view) };
  // More current tasks than wanted: a scale-down is under way.
  if (running.length === wanted && current.length === wanted) {
    if (stability.is === 'settling') {
      const phase = `running; it ended ${String(stability.ends.length)} times, watching that it stays up`;
      return { is: 'waiting', phase, restMs: stability.restMs };
    }
    if (steady.every(({ ms, neededMs }) => ms >= neededMs)) {
      const former = formerOf(service, current, await view.stopping(), view, view.start);
      if (former?.leftBehind === false) return { is: 'waiting', phase: `running, but ${former.text}` };
      const text = `${String(wanted)} of ${String(wanted)} running, and stayed so`;
      return { is: 'converged', text, ...(former && { warning: `${former.text}; ${LEFT_BEHIND}` }) };
    }
    return {
      is: 'waiting',
      phase: 'running; watching that it stays so',
      restMs: Math.max(...steady.map(({ ms, neededMs }) => neededMs - ms)),
    };
  }
  return { is: 'waiting', phase: phaseOf(service, current, running, view.tasks) };
}

function noneWanted({ service, nodes }: ServiceView, sinceMs: number): Verdict {
  if (service.mode.kind === 'replicated') return { is: 'converged', text: 'no task is wanted' };
  // Swarm makes no task for a global service that no node suits, and calls that done.
  if (sinceMs < patienceMs(nodes)) return { is: 'waiting', phase: 'no node is eligible' };
  return { is: 'failed', finding: explainNoneEligible(service, nodes) };
}

/**
 * Counted from when this machine first saw it running, never from the node's clock; another task or another start
 * counts anew. A task of a service that this deployment left alone is known for longer: since the managers wrote down
 * that it runs. What it did before is no less sure for that nobody watched, since an end would have been reported.
 */
function steadyFor(task: SwarmTask, { service, memory, nodes, now, untouched, managersNow }: ServiceView): number {
  const value = runs(task, nodes) ? `${task.id} ${task.stateAt}` : '';
  const held = memory.held(`steady ${service.id} ${slotKey(service, task)}`, value, now);
  if (value === '') return 0;
  return untouched && task.updatedAt !== undefined ? Math.max(held, managersNow - runningSince(task)) : held;
}

/** A task on a node that is not ready may be dead for all the swarm knows. */
function runs(task: SwarmTask, nodes: readonly SwarmNode[]): boolean {
  return (
    task.state === 'running' &&
    task.desiredState === 'running' &&
    nodes.some((node) => node.id === task.nodeId && node.state === 'ready')
  );
}
