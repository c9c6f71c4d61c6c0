import type { Verdict } from './outcome.ts';
import { crashLoop } from './crash-loop.ts';
import { slotKey } from '../swarm/current-tasks.ts';
import type { Judgement, ServiceView } from './judge.ts';
import { eligibleNodes } from '../place/global.ts';

/**
 * A job has done its part when every slot (or node) has a complete task; it needs no window, since it does not come
 * undone.
 */
export function judgeJob(view: ServiceView): Judgement {
  const { service } = view;
  const wanted = service.mode.kind === 'global-job' ? eligibleNodes(service, view.nodes).length : service.mode.replicas;
  const complete = new Set(
    view.tasks.filter((task) => task.state === 'complete').map((task) => slotKey(service, task)),
  );
  const verdict: Verdict =
    complete.size >= wanted
      ? { is: 'converged', text: `${String(complete.size)} of ${String(wanted)} complete` }
      : (loop(view) ?? { is: 'waiting', phase: 'job under way' });
  return { wanted, running: complete.size, steady: false, verdict };
}

function loop(view: ServiceView): Verdict | undefined {
  const { service, memory } = view;
  for (const key of memory.slots(service)) {
    const found = crashLoop(service, memory.history(service, key), view);
    if (found !== undefined) return { is: 'failed', finding: found };
  }
  return undefined;
}
