import { currentTasks, slotKey, tasksOf } from '../swarm/current-tasks.ts';
import { phaseOf } from '../swarm/phase.ts';
import { wantedOnNodes } from '../place/global.ts';
import { detect } from './detect.ts';
import type { Judgement, ServiceView } from './view.ts';

/**
 * A job has done its part when every slot (or node) has a complete task of its newest run; it needs no window, since it
 * does not come undone. It fails as other services do: its task cannot start, finds no node, fails again and again, or
 * is not started any more.
 */
export async function judgeJob(view: ServiceView): Promise<Judgement> {
  const { service } = view;
  const tasks = tasksOf(service, view.tasks);
  const current = currentTasks(service, tasks);
  const wanted =
    service.mode.kind === 'global-job' ? wantedOnNodes(service, view.nodes, current) : service.mode.replicas;
  const complete = tasks.filter((task) => task.state === 'complete');
  const done = new Set(complete.map((task) => slotKey(service, task))).size;
  const judged = { wanted, running: done, steady: false };
  if (done >= wanted)
    return { ...judged, verdict: { is: 'converged', text: `${String(done)} of ${String(wanted)} complete` } };
  const finding = await detect(view, current);
  if (finding !== undefined) return { ...judged, verdict: { is: 'failed', finding } };
  const open = current.filter((task) => task.state !== 'running');
  const phase = open.length === complete.length ? 'the job runs' : phaseOf(service, current, complete, tasks);
  return { ...judged, verdict: { is: 'waiting', phase } };
}
