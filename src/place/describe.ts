import type { Conflict } from './conflicts.ts';
import type { NodeLoss } from './filters.ts';
import type { PlacementForecast, ServicePlacement } from './simulate.ts';
import type { Stuck } from './stuck.ts';
import { cpuText, listText, sizeText } from './words.ts';

/**
 * The part of a plan that is about placement, in the form of describePlan: a heading, then one line a service that is
 * created or may move, `!` before one that finds no place, before services that do not fit together, and before one at
 * which the deployment would stop half-way. Empty if no task needs a new place.
 * @param told services whose place is told elsewhere; that one of them finds none is told even so
 */
export function describePlacement(forecast: PlacementForecast, told: ReadonlySet<string> = new Set()): string[] {
  const lines = [
    ...forecast.services
      .filter((one) => isNews(one) && (one.verdict === 'unplaceable' || !told.has(one.service)))
      .flatMap(serviceLines),
    ...forecast.conflicts.map((conflict) => `  ! ${conflictText(conflict)}`),
    ...(forecast.stuck ? [`  ! ${stuckText(forecast.stuck)}`, `    ${stuckHint(forecast.stuck)}`] : []),
  ];
  return lines.length === 0 ? [] : ['Placement', ...lines];
}

/** That not all its tasks find a place: how many do, and what is wrong with each node. */
export function unplaceableText({ service, mode, wanted, staying, placeable, lost }: ServicePlacement): string {
  const tasks = wanted - staying;
  const some =
    mode === 'replicated' && placeable > 0
      ? `only ${placeable} of ${tasks} tasks of ${service} find a node`
      : `no node takes ${mode === 'global' && placeable > 0 ? 'every task of ' : ''}${service}`;
  return `${some}: ${lossText(lost)}`;
}

export function conflictText({ services, certainty, waiting, lost }: Conflict): string {
  const who = listText(services.length > 6 ? [...services.slice(0, 5), `${services.length - 5} more`] : services);
  const why = `${waiting} is refused: ${lossText(lost)}`;
  switch (certainty) {
    case 'impossible':
      return `${who} each find a node alone, and not together; ${why}`;
    case 'order':
      return (
        `whether ${who} ${services.length === 1 ? 'finds' : 'find'} a node depends on which services swarm places ` +
        `first; it may be that ${why}`
      );
    case 'undecided':
      return (
        `${who} may find no node beside the others: not all ways to place them were tried, and none was found; it ` +
        `may be that ${why}`
      );
  }
}

/** That a deployment stops half-way, since a service needs what others hold until it runs. */
export function stuckText({ service, lost, holders }: Stuck): string {
  const free = holders.map((holder) => `${holder.service} ${holder.until === 'restart' ? 'restarts' : 'is removed'}`);
  return (
    `${service} finds no node before ${listText(free)}, which is done only once ${service} runs: a deployment stops ` +
    `there; ${lossText(lost)}`
  );
}

/** What to do about it. */
export function stuckHint({ holders, atOnce }: Stuck): string {
  const steps =
    'change bundle.yaml in two steps, with a deployment after each: first what frees the place ' +
    `(${listText(holders.map(({ service }) => service))}), then the rest`;
  return atOnce ? `deploy --at-once, which restarts them at the same moment; or ${steps}` : steps;
}

function lossText(lost: readonly NodeLoss[]): string {
  return lost.map(({ node, detail }) => `${node} ${detail}`).join('; ');
}

/** CPUs and memory that stay free, node by node. */
export function roomText(nodes: PlacementForecast['nodes']): string {
  return nodes
    .map(
      ({ node, cpus, cpusLeft, memoryBytes, memoryLeft }) =>
        `${node} ${cpuText(cpusLeft * 1e9)} of ${cpus} CPUs and ${sizeText(memoryLeft)} of ${sizeText(memoryBytes)}`,
    )
    .join('; ');
}

/** Tasks come up anew, and not just where they are now. */
function isNews({ wanted, staying, now, eligible, verdict }: ServicePlacement): boolean {
  const same =
    now.length > 0 &&
    now.length === eligible.length &&
    now.every(({ nodeId }) => eligible.some((node) => node.nodeId === nodeId));
  return verdict === 'unplaceable' || (wanted > staying && !same);
}

function serviceLines(placement: ServicePlacement): string[] {
  if (placement.verdict === 'unplaceable') return [`  ! ${unplaceableText(placement)}`];
  const { service, mode, wanted, staying, now } = placement;
  const tasks = wanted - staying;
  const from = now.length === 0 ? '' : `  (now ${now.map(({ node }) => node).join(', ')})`;
  return [
    `  ${service}${tasks === 1 || mode === 'global' ? '' : ` (${tasks} tasks)`} → ${whereText(placement)}${from}`,
  ];
}

/** By service, where its tasks will run: a node, or those that swarm chooses from. Without those that find no place. */
export function whereOf({ services }: PlacementForecast): Map<string, string> {
  return new Map(
    services.flatMap((placement): [string, string][] =>
      placement.verdict === 'unplaceable' || placement.eligible.length === 0
        ? []
        : [[placement.service, whereText(placement)]],
    ),
  );
}

function whereText({ mode, wanted, staying, eligible }: ServicePlacement): string {
  const names = eligible.map(({ node }) => node);
  if (names.length === 1 || mode === 'global') return names.join(', ');
  return wanted - staying === 1 ? `one of ${names.join(', ')}` : `among ${names.join(', ')}`;
}
