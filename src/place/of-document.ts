import type { StackDocument } from '../compose/types.ts';
import { STACK_IMAGE, type SwarmNode, type SwarmService, type SwarmTask } from '../engine/port.ts';
import { desiredEntries } from '../plan/convert.ts';
import type { LabelChange } from '../plan/labels.ts';
import type { ServiceChange } from '../plan/changes.ts';
import { requirementsOf, type Platform } from './requirements.ts';
import { simulatePlacement, type PlacementForecast } from './simulate.ts';
import type { Stage } from './stuck.ts';

export interface DocumentPlacementInput {
  stack: string;
  document: StackDocument;
  /** What deploying changes: by it some tasks are replaced, and others stay. */
  plan: { services: readonly ServiceChange[]; labels: readonly LabelChange[] };
  /** In which stages deploying does that; absent if all is done in one call. */
  stages?: readonly Stage[] | undefined;
  live: { nodes: readonly SwarmNode[]; services: readonly SwarmService[]; tasks: readonly SwarmTask[] };
  /**
   * By image, as far as the registry was asked. Of others it is known where they run if a live service was deployed
   * with them.
   */
  platforms?: Readonly<Record<string, readonly Platform[]>>;
}

/**
 * Where swarm will place what the document wants once the plan is carried out. Throws a usage error for sizes that
 * docker would refuse.
 */
export function placementOf({
  stack,
  document,
  plan,
  stages,
  live,
  platforms = {},
}: DocumentPlacementInput): PlacementForecast {
  return simulatePlacement({
    stack,
    services: wantedSpecs(stack, document),
    nodes: nodesAfter(live.nodes, plan.labels),
    liveServices: live.services,
    liveTasks: live.tasks,
    staying: new Set(plan.services.filter(leavesTasks).map((change) => change.name)),
    platforms: { ...livePlatforms(live.services), ...platforms },
    ...(stages && {
      course: {
        stages,
        nodes: nodesAfter(
          live.nodes,
          plan.labels.filter(({ when }) => when === 'before'),
        ),
      },
    }),
  });
}

/** One by one: of thousands of services they are never there together. */
function* wantedSpecs(stack: string, document: StackDocument): Generator<[name: string, spec: object]> {
  for (const [name, { spec }] of desiredEntries(stack, document)) yield [name, spec];
}

/** Of images that services of any stack were deployed with: the docker client wrote them into their specifications. */
function livePlatforms(services: readonly SwarmService[]): Record<string, readonly Platform[]> {
  return Object.fromEntries(
    services.flatMap(({ labels, spec }) => {
      const image = labels[STACK_IMAGE];
      const { platforms } = requirementsOf(spec);
      return image === undefined || platforms.length === 0 ? [] : [[image, platforms] as const];
    }),
  );
}

/** The nodes with the labels that they will have. */
export function nodesAfter(
  nodes: readonly SwarmNode[],
  changes: readonly Pick<LabelChange, 'action' | 'nodeId' | 'key'>[],
): SwarmNode[] {
  return nodes.map((node) => {
    const own = changes.filter((change) => change.nodeId === node.id);
    const removed = new Set(own.filter((change) => change.action === 'remove').map((change) => change.key));
    const kept = Object.entries(node.labels).filter(([key]) => !removed.has(key));
    const added = own.filter((change) => change.action === 'add').map((change) => [change.key, 'true'] as const);
    return { ...node, labels: Object.fromEntries([...kept, ...added]) };
  });
}

function leavesTasks({ action, changes }: ServiceChange): boolean {
  return action === 'unchanged' || (action === 'update' && changes.every((change) => change.effect !== 'restart'));
}
