import { isJob, isPerNode, leastTasks } from '../compose/modes.ts';
import type { StackDocument } from '../compose/types.ts';
import type { SwarmNode, SwarmService, SwarmTask } from '../engine/port.ts';
import { eligibleNodes, nodesForGlobal } from '../place/global.ts';
import type { StoredRelease } from '../release/record.ts';

/** The part of a release that says what the stack should have. */
export type Wanting = Pick<StoredRelease, 'document' | 'images'>;

/**
 * What the stack should have: as its newest release says, and without one stack.yml. A release whose `docker stack
 * deploy` did not come to its end has the one before it beside it: a service may be as either says.
 * @param releases newest first
 */
export function wantedDocuments(releases: readonly Wanting[], stackFile: StackDocument): StackDocument[] {
  const [newest, before] = releases;
  if (!newest) return [stackFile];
  const finished = Object.keys(newest.images).length > 0;
  return finished || !before ? [newest.document] : [newest.document, before.document];
}

/**
 * Tasks that a live service should have: of one on each node, as many as nodes suit it.
 * @param current its tasks
 * @returns `scaledTo`: what the swarm was told instead, by hand
 */
export function wantedTasks(
  name: string,
  service: Pick<SwarmService, 'mode' | 'spec'>,
  documents: readonly StackDocument[],
  nodes: readonly SwarmNode[],
  current: readonly SwarmTask[],
): { wanted: number; scaledTo?: number } {
  const { kind, replicas } = service.mode;
  if (kind === 'global' || kind === 'global-job') return { wanted: eligibleNodes(service, nodes, current).length };
  const asked = documents.flatMap(({ services }) => {
    const one = services[name];
    return one && (one.deploy.mode ?? 'replicated') === kind ? [leastTasks(one)] : [];
  });
  const [first] = asked;
  if (kind !== 'replicated' || first === undefined || asked.includes(replicas)) return { wanted: replicas };
  return { wanted: first, scaledTo: replicas };
}

/** Services that the newest document has and the swarm has not, by name. */
export function missingServices(
  [newest]: readonly StackDocument[],
  live: readonly string[],
  nodes: readonly SwarmNode[],
): { name: string; job: boolean; wanted: number; image: string }[] {
  return Object.entries(newest?.services ?? {})
    .filter(([name]) => !live.includes(name))
    .map(([name, service]) => ({
      name,
      job: isJob(service),
      wanted: isPerNode(service) ? nodesForGlobal(service.deploy.constraints, nodes).length : leastTasks(service),
      image: service.image,
    }));
}
