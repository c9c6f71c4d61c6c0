import { spread, type Demand } from './assign.ts';
import { placeTogether, type Conflict } from './conflicts.ts';
import { lossesOn, suits, type NodeLoss } from './filters.ts';
import { copyOf, giveBack, type Holding, type NodeUse } from './node-use.ts';

/** A part of a deployment, by names in the document. */
export interface Stage {
  /** What it creates or updates. */
  services: readonly string[];
  /** What must run before the next stage begins; it may be of an earlier one. */
  awaited: readonly string[];
  /** The services go one after the other, each awaited: those first whose new place is free. */
  inTurn?: boolean;
  /** Of a quorum group, whose members restart one by one whatever is asked for. */
  quorum?: boolean;
}

/** Where a deployment stops half-way: a service waits for a place that others hold until the service runs. */
export interface Stuck {
  /** Names in the document. */
  service: string;
  /** The nodes that would suit it, and what each of them lacks. */
  lost: NodeLoss[];
  /** Who has what they lack: services that restart in a later stage, or are removed at the end. */
  holders: { service: string; until: 'restart' | 'removal' }[];
  /** Whether restarting all at the same moment helps. */
  atOnce: boolean;
}

export interface Course {
  stack: string;
  stages: readonly Stage[];
  /** What finds a place once all is done. */
  demands: readonly Demand[];
  /** The nodes with all that is held before the first stage; used up. */
  uses: readonly NodeUse[];
  /** Of that, by service, what is held until its stage, or until it is removed at the end. */
  leaving: ReadonlyMap<string, readonly Holding[]>;
}

/**
 * Goes through a deployment stage by stage, as `deploy` does, and gives the first service that cannot come up in its
 * turn although it has a place in the end. Only what is certain: all of a stage have given back what they held, unless
 * they go in turn; tasks which more than one node suits take no place; an update that starts first needs none beside
 * the old. In turn all are taken to be well: those that are not come first, whatever their place.
 */
export function findStuck({ stack, stages, demands, uses, leaving }: Course): Stuck | undefined {
  const full = (name: string): string => `${stack}_${name}`;
  const short = (name: string): string => name.slice(full('').length);
  const open = new Map(demands.map((demand) => [demand.service, demand]));
  const held = new Map(leaving);
  const free = (names: readonly string[], on: readonly NodeUse[]): void => {
    for (const name of names.map(full))
      for (const { task, taken } of held.get(name) ?? []) {
        const use = on.find(({ node }) => node.id === task.nodeId);
        if (use !== undefined) giveBack(use, name, taken);
      }
  };
  const conflictOf = (asked: readonly Demand[], on: readonly NodeUse[]): Conflict | undefined =>
    placeTogether(asked, on).conflicts.find(({ certainty }) => certainty === 'impossible');
  const findsPlace = (name: string): boolean => {
    const demand = open.get(full(name));
    const then = uses.map(copyOf);
    free([name], then);
    return demand === undefined || conflictOf([demand], then) === undefined;
  };
  const left = [...stages];
  for (let stage = left.shift(); stage !== undefined; stage = left.shift()) {
    const { services, awaited, quorum = false } = stage;
    if (stage.inTurn === true && services.length > 1) {
      const next = services.find(findsPlace) ?? services[0];
      const only = (wanted: (name: string) => boolean): Stage => ({
        ...stage,
        services: services.filter(wanted),
        awaited: awaited.filter(wanted),
      });
      left.unshift(
        only((name) => name === next),
        only((name) => name !== next),
      );
      continue;
    }
    free(services, uses);
    for (const name of services) held.delete(full(name));
    // Nobody is left who could be in the way.
    if (held.size === 0) return undefined;
    const asked = awaited.flatMap((name) => open.get(full(name)) ?? []);
    const conflict = conflictOf(asked, uses);
    if (conflict !== undefined) {
      const core = asked.filter(({ service }) => conflict.services.includes(service));
      const { lost, holders } = inTheWay(conflict.waiting, core, { uses, held, demands });
      const restarting = new Set(left.flatMap((later) => later.services));
      const named = holders.map(short).map((name): Stuck['holders'][number] => ({
        service: name,
        until: restarting.has(name) ? 'restart' : 'removal',
      }));
      return named.length === 0
        ? undefined
        : { service: short(conflict.waiting), lost, holders: named, atOnce: !quorum };
    }
    for (const name of [...awaited, ...services].map(full)) {
      const demand = open.get(name);
      // A job that was awaited has ended.
      if (demand !== undefined && !demand.wanted.job && isPinned(demand, uses)) spread(demand, uses);
      open.delete(name);
    }
  }
  return undefined;
}

/**
 * What each node that would suit a service lacks once the others of its core are placed, and who holds that.
 * @param held by services that have not come to their turn
 */
function inTheWay(
  waiting: string,
  core: readonly Demand[],
  { uses, held, demands }: Pick<Course, 'uses' | 'demands'> & { held: Course['leaving'] },
): { lost: NodeLoss[]; holders: string[] } {
  const own = core.find(({ service }) => service === waiting);
  if (own === undefined) return { lost: [], holders: [] };
  const filled = uses.filter((use) => suits(use, own.wanted)).map(copyOf);
  // Of a global one each node stands for itself.
  for (const demand of core) if (demand !== own || own.wanted.mode !== 'global') spread(demand, filled);
  const lost = lossesOn(filled, waiting, own.wanted);
  const full = filled.filter(({ node }) => lost.some(({ nodeId }) => nodeId === node.id));
  const holders = [...held].filter(([name, holdings]) => {
    const next = demands.find(({ service }) => service === name);
    return full.some((use) => frees(use, holdings, next, own));
  });
  return { lost, holders: holders.map(([name]) => name) };
}

/** Whether a service will take less on the node than it holds there, of what the waiting one lacks on it. */
function frees(use: NodeUse, holdings: readonly Holding[], next: Demand | undefined, { wanted }: Demand): boolean {
  const here = holdings.filter(({ task }) => task.nodeId === use.node.id).map(({ taken }) => taken);
  const stays = next !== undefined && suits(use, next.wanted) ? next : undefined;
  const again = stays?.wanted.mode === 'global' ? 1 : (stays?.tasks ?? 0);
  const less = (what: 'nanoCpus' | 'memoryBytes'): boolean =>
    wanted[what] > use[what] && here.reduce((sum, taken) => sum + taken[what], 0) > (stays?.wanted[what] ?? 0) * again;
  const port = wanted.hostPorts.some(
    (each) =>
      use.ports.has(each) &&
      here.some(({ hostPorts }) => hostPorts.includes(each)) &&
      stays?.wanted.hostPorts.includes(each) !== true,
  );
  return less('nanoCpus') || less('memoryBytes') || port;
}

/** Whether it is known on which of these nodes its tasks will be. */
function isPinned({ wanted }: Demand, uses: readonly NodeUse[]): boolean {
  return wanted.mode === 'global' || uses.filter((use) => suits(use, wanted)).length === 1;
}
