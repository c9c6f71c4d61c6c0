import { anyAssignment, spread, type Demand } from './assign.ts';
import { lossesOn, lossOn, type NodeLoss } from './filters.ts';
import { copyOf, type NodeUse } from './node-use.ts';

/** Services that each find a place alone, and not together. */
export interface Conflict {
  /** Names in the swarm. */
  services: string[];
  /**
   * `impossible`: no assignment places them all, and as far as the search went none of them can be left out. `order`:
   * some assignment places all, but swarm takes services in any order, and its way of spreading them may leave these
   * without a place. `undecided`: the search gave up.
   */
  certainty: 'impossible' | 'order' | 'undecided';
  /** The service that is left without a place once the others have theirs, and the nodes that refuse it only then. */
  waiting: string;
  lost: NodeLoss[];
}

/**
 * Places all demands together: as the scheduler spreads them, and if that leaves some without a place, by a search
 * for any assignment at all.
 * @param demands each of which finds its place alone
 * @returns the nodes with what could be placed, and who is in whose way
 */
export function placeTogether(
  demands: readonly Demand[],
  uses: readonly NodeUse[],
): { placed: NodeUse[]; conflicts: Conflict[] } {
  const placed = uses.map(copyOf);
  const waiting = demands.filter((demand) => spread(demand, placed) < demand.tasks);
  const conflicts: Conflict[] = [];
  let rest = [...demands];
  while (rest.some((demand) => waiting.includes(demand))) {
    const answer = anyAssignment(rest, uses);
    if (answer === 'no') {
      const core = smallestConflict(rest, uses);
      conflicts.push({
        services: core.map(({ service }) => service),
        certainty: 'impossible',
        ...inTheWay(core, uses),
      });
      rest = rest.filter((demand) => !core.includes(demand));
    } else {
      // With those gone that cannot be placed, swarm may well place the others.
      const still = waiting.filter((demand) => rest.includes(demand));
      if (answer === 'undecided' || conflicts.length === 0) {
        conflicts.push({
          services: still.map(({ service }) => service),
          certainty: answer === 'yes' ? 'order' : 'undecided',
          ...lostPlaces(still.at(-1), uses, placed),
        });
      }
      break;
    }
  }
  return { placed, conflicts };
}

/** Steps for each try to leave one out; there are as many as services. */
const SHRINKING_STEPS = 2_000;

/** Leaves out one after another as long as the others still cannot be placed. */
function smallestConflict(demands: readonly Demand[], uses: readonly NodeUse[]): Demand[] {
  return demands.reduce<Demand[]>(
    (core, demand) => {
      const fewer = core.filter((each) => each !== demand);
      return anyAssignment(fewer, uses, SHRINKING_STEPS) === 'no' ? fewer : core;
    },
    [...demands],
  );
}

function inTheWay(core: readonly Demand[], uses: readonly NodeUse[]): Pick<Conflict, 'waiting' | 'lost'> {
  const filled = uses.map(copyOf);
  const without = core.filter((demand) => spread(demand, filled) < demand.tasks);
  return lostPlaces(without.at(-1), uses, filled);
}

function lostPlaces(
  demand: Demand | undefined,
  before: readonly NodeUse[],
  after: readonly NodeUse[],
): Pick<Conflict, 'waiting' | 'lost'> {
  if (demand === undefined) return { waiting: '', lost: [] };
  const { service, wanted } = demand;
  const suited = new Set(before.filter((use) => lossOn(use, service, wanted) === undefined).map(({ node }) => node.id));
  return {
    waiting: service,
    lost: lossesOn(
      after.filter(({ node }) => suited.has(node.id)),
      service,
      wanted,
    ),
  };
}
