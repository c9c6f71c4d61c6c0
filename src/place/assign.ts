import { roomOn, suits } from './filters.ts';
import { giveBack, take, type NodeUse } from './node-use.ts';
import type { Requirements } from './requirements.ts';

/** Tasks of one service that need a place. */
export interface Demand {
  /** The service's name in the swarm. */
  service: string;
  wanted: Requirements;
  tasks: number;
}

export type Answer = 'yes' | 'no' | 'undecided';

/** Tasks tried on a node before the search gives up: some tenths of a second. */
const STEPS = 20_000;
/** The search goes as deep as there are tasks. */
const DEEPEST = 2_000;

/** How many of the tasks these nodes take when the service is alone. */
export function roomFor(demand: Demand, uses: readonly NodeUse[]): number {
  return roomOf(
    demand,
    uses.filter((use) => suits(use, demand.wanted)),
  );
}

function roomOf({ service, wanted, tasks }: Demand, nodes: readonly NodeUse[]): number {
  return Math.min(
    tasks,
    nodes.reduce((room, use) => room + roomOn(use, service, wanted, tasks), 0),
  );
}

/**
 * Places the tasks as the scheduler does, one after another: on the node with the fewest of this service, then with the
 * fewest in all (moby/swarmkit: manager/scheduler/scheduler.go, scheduleTaskGroup, nodeLess). Changes `uses`.
 * @returns how many found a place
 */
export function spread({ service, wanted, tasks }: Demand, uses: readonly NodeUse[]): number {
  const nodes = uses.filter((use) => suits(use, wanted));
  const here = (use: NodeUse): number => use.active.get(service) ?? 0;
  for (let placed = 0; placed < tasks; placed++) {
    const [best] = nodes
      .filter((use) => roomOn(use, service, wanted, 1) > 0)
      .sort((a, b) => here(a) - here(b) || a.activeTasks - b.activeTasks);
    if (best === undefined) return placed;
    take(best, service, wanted);
  }
  return tasks;
}

/**
 * Whether any assignment places all tasks of all demands, whatever the scheduler would prefer. `uses` is as before when
 * it returns.
 * @param steps how many tries before the answer is `undecided`
 */
export function anyAssignment(demands: readonly Demand[], uses: readonly NodeUse[], steps = STEPS): Answer {
  const choices = demands.map((demand) => ({
    ...demand,
    key: JSON.stringify(demand.wanted),
    nodes: uses.filter((use) => suits(use, demand.wanted)),
  }));
  if (exceedsAll(choices)) return 'no';
  if (demands.reduce((sum, { tasks }) => sum + tasks, 0) > DEEPEST) return 'undecided';
  // The least free first; equal ones beside each other, so that of their orders only one is tried.
  choices.sort(
    (a, b) => a.nodes.length - b.nodes.length || size(b) - size(a) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  );
  let left = steps;

  /** Places task `task` of choice `index`, on node `from` or a later one: tasks of one service are alike. */
  function place(index: number, task: number, from: number): Answer {
    const choice = choices[index];
    if (choice === undefined) return 'yes';
    if (task === choice.tasks) {
      if (!choices.slice(index + 1).every((other) => roomOf(other, other.nodes) >= other.tasks)) return 'no';
      return place(index + 1, 0, alike(choice, choices[index + 1]) ? from : 0);
    }
    let answer: Answer = 'no';
    for (let at = from; at < choice.nodes.length; at++) {
      const use = choice.nodes[at];
      if (use === undefined || roomOn(use, choice.service, choice.wanted, 1) === 0) continue;
      if (left-- <= 0) return 'undecided';
      take(use, choice.service, choice.wanted);
      const result = place(index, task + 1, at);
      giveBack(use, choice.service, choice.wanted);
      if (result === 'yes') return 'yes';
      if (result === 'undecided') answer = 'undecided';
    }
    return answer;
  }
  return place(0, 0, 0);
}

interface Choice extends Demand {
  key: string;
  nodes: readonly NodeUse[];
}

/**
 * Two services of one replica that ask for the same: exchanging them changes nothing, so the later one need not look at
 * earlier nodes.
 */
function alike(a: Choice, b: Choice | undefined): boolean {
  return b !== undefined && a.key === b.key && a.tasks === 1 && b.tasks === 1;
}

/** True if the nodes together lack the CPUs or the memory: then no search is needed to know. */
function exceedsAll(choices: readonly Choice[]): boolean {
  return (['nanoCpus', 'memoryBytes'] as const).some((what) => {
    const asking = choices.filter(({ wanted }) => wanted[what] > 0);
    const nodes = new Set(asking.flatMap((choice) => choice.nodes));
    const asked = asking.reduce((sum, { wanted, tasks }) => sum + wanted[what] * tasks, 0);
    return asked > [...nodes].reduce((sum, use) => sum + Math.max(0, use[what]), 0);
  });
}

function size({ wanted, tasks }: Demand): number {
  return tasks * (wanted.memoryBytes / 2 ** 30 + wanted.nanoCpus / 1e9);
}
