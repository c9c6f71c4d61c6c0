import { STACK_NAMESPACE, type SwarmNode, type SwarmService, type SwarmTask } from '../engine/port.ts';
import { roomFor, spread, type Demand } from './assign.ts';
import { placeTogether, type Conflict } from './conflicts.ts';
import { nodesForGlobal } from './global.ts';
import { lossesOn, lossOn, type NodeLoss, type NodeName } from './filters.ts';
import { copyOf, giveBack, holdingsOf, isStopping, nodesInUse, take, type Holding, type NodeUse } from './node-use.ts';
import { imageOf, requirementsOf, type Platform, type Requirements } from './requirements.ts';
import { heldAtFirst, splitHoldings } from './staying.ts';
import { findStuck, type Stage, type Stuck } from './stuck.ts';

export interface PlacementInput {
  stack: string;
  /** ServiceSpecs of the Engine API, each with its service's name in the document; gone through once. */
  services: Iterable<readonly [name: string, spec: object]>;
  /** With the labels that they will have. */
  nodes: readonly SwarmNode[];
  /** Of the whole swarm. */
  liveServices: readonly SwarmService[];
  liveTasks: readonly SwarmTask[];
  /** Services whose tasks the deployment leaves where they are; those of the stack's other services are replaced. */
  staying: ReadonlySet<string>;
  /** What images run on, by their reference in the specification; others are taken to run anywhere. */
  platforms?: Readonly<Record<string, readonly Platform[]>>;
  /** How the deployment goes about it, by names in the document; absent if all is done in one call. */
  course?: {
    stages: readonly Stage[];
    /** With the labels that they have from before the first stage. */
    nodes: readonly SwarmNode[];
  };
}

export interface ServicePlacement {
  /** Name in the document. */
  service: string;
  mode: 'replicated' | 'global';
  /** Tasks that it is to have. */
  wanted: number;
  /** Of those, the ones that stay where they are. */
  staying: number;
  /** Where tasks of it are now, replaced ones included. */
  now: NodeName[];
  /** Of the others, how many find a place, were no other service of the stack to take it. */
  placeable: number;
  /** Nodes that suit it and have room. */
  eligible: NodeName[];
  /** Nodes that do not. If not all of its tasks find a place, also the nodes that took some and can take no more. */
  lost: NodeLoss[];
  verdict: 'placeable' | 'unplaceable';
}

export interface NodeRoom extends NodeName {
  cpus: number;
  memoryBytes: number;
  /**
   * What no task reserves once the stack is deployed. If swarm may choose between nodes, it is as if it chose as it
   * usually does.
   */
  cpusLeft: number;
  memoryLeft: number;
}

/** Plain values only: it is printed as JSON. */
export interface PlacementForecast {
  services: ServicePlacement[];
  nodes: NodeRoom[];
  /** Services that are placeable alone and not together, by their names in the document. */
  conflicts: Conflict[];
  /** The first service that finds its place only after what waits for it. */
  stuck?: Stuck;
}

/**
 * What swarm's scheduler will say of each service once the deployment has settled (its filters: filters.ts). Tasks that
 * the deployment replaces give back what they hold, since their successors wait for that; an update that starts first
 * needs room for both (moby/swarmkit: manager/orchestrator/update/updater.go, updateTask). Tasks of other stacks count,
 * but for those that are being stopped: convergence waits for them.
 */
export function simulatePlacement(input: PlacementInput): PlacementForecast {
  const { stack, services, nodes, liveServices, liveTasks, platforms = {} } = input;
  const wants = new Map<string, Requirements>();
  for (const [name, spec] of services) wants.set(`${stack}_${name}`, requirementsOf(spec, platforms[imageOf(spec)]));
  const own = liveServices.filter((service) => wants.has(service.name) || service.labels[STACK_NAMESPACE] === stack);
  const stays = new Map([...wants].filter(([name]) => input.staying.has(name.slice(stack.length + 1))));
  const holdings = holdingsOf(
    liveServices,
    liveTasks.filter((task) => !isStopping(task)),
  );
  const { others, staying, replaced } = splitHoldings(holdings, own, stays, nodes);
  const kept = [...staying.values()].flat();
  const base = nodesInUse(nodes, [...others, ...kept]);

  const short = (name: string): string => name.slice(stack.length + 1);
  const found = [...wants].map(([service, wanted]) => {
    const here = staying.get(service) ?? [];
    // A job that does not run again has what it needs.
    const idle = wanted.job && stays.has(service);
    const asked = wanted.mode === 'global' ? globalTasks(wanted, nodes, here) : wanted.replicas;
    const total = idle ? here.length : asked;
    const demand: Demand = { service, wanted, tasks: Math.max(0, total - here.length) };
    const old = replaced.get(service) ?? [];
    const beside =
      wanted.startsFirst > 0 && old.length > 0 ? nodesInUse(nodes, [...others, ...kept, ...old]) : undefined;
    const placement: ServicePlacement = {
      service: short(service),
      mode: wanted.mode,
      wanted: total,
      staying: here.length,
      now: nodesOf([...here, ...old], nodes),
      ...placedAlone(demand, { base, beside, here }),
      // Swarm makes no task if no node suits a global service, and calls that done.
      ...(wanted.mode === 'global' && !idle && total === 0 && { verdict: 'unplaceable' }),
    };
    return { demand, placement };
  });

  const fit = found
    .filter(({ demand, placement }) => demand.tasks > 0 && placement.verdict === 'placeable')
    .map(({ demand }) => demand);
  const { placed, conflicts } = placeTogether(fit, base);
  const never = new Set(conflicts.flatMap(({ certainty, services: all }) => (certainty === 'impossible' ? all : [])));
  const leaving = input.course && heldAtFirst(replaced, stays, liveServices, input.course.nodes);
  const stuck =
    leaving &&
    findStuck({
      stack,
      stages: input.course?.stages ?? [],
      demands: fit.filter(({ service }) => !never.has(service)),
      uses: nodesInUse(nodes, [...others, ...kept, ...[...leaving.values()].flat()]),
      leaving,
    });
  return {
    services: found.map(({ placement }) => placement),
    nodes: placed.map(roomLeft),
    conflicts: conflicts.map((conflict) => ({
      ...conflict,
      services: conflict.services.map(short),
      waiting: short(conflict.waiting),
    })),
    ...(stuck && { stuck }),
  };
}

/** One for every node that gets a task, and for those that keep one though they would get none, being paused. */
function globalTasks({ constraints }: Requirements, nodes: readonly SwarmNode[], staying: readonly Holding[]): number {
  return new Set([
    ...nodesForGlobal(constraints, nodes).map((node) => node.id),
    ...staying.map(({ task }) => task.nodeId),
  ]).size;
}

function nodesOf(holdings: readonly Holding[], nodes: readonly SwarmNode[]): NodeName[] {
  const ids = new Set(holdings.map(({ task }) => task.nodeId));
  return nodes.filter((node) => ids.has(node.id)).map((node) => ({ nodeId: node.id, node: node.hostname }));
}

/** The nodes as if they did not hold these, for as long as `look` looks: a copy of each would cost far more. */
function withoutThem<T>(uses: readonly NodeUse[], holdings: readonly Holding[], look: () => T): T {
  const freed = holdings.flatMap((holding) => {
    const use = uses.find(({ node }) => node.id === holding.task.nodeId);
    return use === undefined ? [] : [{ use, holding, ports: use.ports }];
  });
  for (const { use, holding } of freed) {
    // Who holds a port is written down once, though two may hold it.
    if (holding.taken.hostPorts.length > 0) use.ports = new Map(use.ports);
    giveBack(use, holding.service, holding.taken);
  }
  try {
    return look();
  } finally {
    for (const { use, holding, ports } of freed.toReversed()) {
      take(use, holding.service, holding.taken, holding.holder);
      use.ports = ports;
    }
  }
}

interface Situation {
  base: readonly NodeUse[];
  /** With the old tasks, if the first new ones start beside them. */
  beside: readonly NodeUse[] | undefined;
  /** The service's own staying tasks: they are no reason against their own node. */
  here: readonly Holding[];
}

/** The service on its own: first the tasks that an update starts beside the old ones, then all. */
function placedAlone(
  demand: Demand,
  { base, beside, here }: Situation,
): Pick<ServicePlacement, 'placeable' | 'eligible' | 'lost' | 'verdict'> {
  const { service, wanted, tasks } = demand;
  const stages = [
    ...(beside ? [{ uses: beside, asked: Math.min(tasks, wanted.startsFirst) }] : []),
    { uses: base, asked: tasks },
  ];
  const short = stages.find(({ uses, asked }) => roomFor({ ...demand, tasks: asked }, uses) < asked);
  const ofItself = short !== undefined && short.uses === beside;
  const filled =
    short === undefined || wanted.mode === 'global'
      ? undefined
      : filledUp({ ...demand, tasks: short.asked }, short.uses);
  const suiting = ofItself ? short.uses : base;
  return {
    placeable: short === undefined ? tasks : roomFor({ ...demand, tasks: short.asked }, short.uses),
    ...withoutThem(suiting, ofItself ? [] : here, () => ({
      eligible: suiting.filter((use) => lossOn(use, service, wanted) === undefined).map(nameOf),
      lost: lossesOn(filled ?? suiting, service, wanted),
    })),
    verdict: short === undefined ? 'placeable' : 'unplaceable',
  };
}

function filledUp(demand: Demand, uses: readonly NodeUse[]): NodeUse[] {
  const filled = uses.map(copyOf);
  spread(demand, filled);
  return filled;
}

function nameOf({ node }: NodeUse): NodeName {
  return { nodeId: node.id, node: node.hostname };
}

function roomLeft(use: NodeUse): NodeRoom {
  const { cpus, memoryBytes } = use.node;
  return { ...nameOf(use), cpus, memoryBytes, cpusLeft: use.nanoCpus / 1e9, memoryLeft: use.memoryBytes };
}
