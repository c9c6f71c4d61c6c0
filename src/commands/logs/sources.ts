import { hasEnded, type SwarmNode, type SwarmService, type SwarmTask } from '../../engine/port.ts';
import { inSlotOrder, slotHistories, swarmWants } from '../../swarm/current-tasks.ts';
import { mayHaveLog } from '../../swarm/log-advice.ts';

/** A task whose log is shown. */
export interface Source {
  /** Short name. */
  service: string;
  task: SwarmTask;
  node: string;
  /** Whether the swarm has its node ready. */
  ready: boolean;
  tty: boolean;
}

interface Live {
  services: readonly SwarmService[];
  /** Of the newest versions, ended ones too. */
  tasks: readonly SwarmTask[];
  nodes: readonly SwarmNode[];
}

/**
 * For each slot its current task; if that has no log, as one that waits for its restart, the newest one that may have,
 * on a node that can be asked.
 * @param wanted short names of services, in the order to be shown
 */
export function sourcesOf(stack: string, wanted: readonly string[], { services, tasks, nodes }: Live): Source[] {
  const ready = new Set(nodes.filter(({ state }) => state === 'ready').map(({ id }) => id));
  const short = ({ name }: SwarmService): string => name.slice(stack.length + 1);
  return services
    .filter((service) => wanted.includes(short(service)))
    .sort((a, b) => wanted.indexOf(short(a)) - wanted.indexOf(short(b)))
    .flatMap((service) =>
      toldTasks(service, tasks, ready).map((task) => {
        const node = nodes.find(({ id }) => id === task.nodeId);
        const place = { node: node?.hostname ?? task.nodeId, ready: ready.has(task.nodeId) };
        return { service: short(service), task, ...place, tty: service.tty };
      }),
    );
}

function toldTasks(service: SwarmService, tasks: readonly SwarmTask[], ready: ReadonlySet<string>): SwarmTask[] {
  const told = [...slotHistories(service, tasks).values()].flatMap((history) => {
    const current = history.find(swarmWants);
    if (current && mayHaveLog(current)) return [current];
    const newest = history.find((task) => mayHaveLog(task) && ready.has(task.nodeId));
    // A slot without a current task is told if it gave up; one that was scaled away, or a node that was drained, not.
    const gaveUp = newest?.state === 'failed' || newest?.state === 'complete';
    return newest && (current || (gaveUp && newest.desiredState !== 'remove')) ? [newest] : [];
  });
  return inSlotOrder(told);
}

/** `web.2@node1`, and of a task that is not the slot's present one what became of it: `web.2@node1 (failed)`. */
export function label({ service, task, node }: Source): string {
  const slot = (task.slot ?? 1) > 1 ? `.${String(task.slot)}` : '';
  const end = hasEnded(task) ? ` (${task.state})` : swarmWants(task) ? '' : ' (stopping)';
  return `${service}${slot}@${node}${end}`;
}
