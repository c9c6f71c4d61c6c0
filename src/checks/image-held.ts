import { userImage } from '../compose/user-image.ts';
import type { SwarmTask } from '../engine/port.ts';
import { digestIn, domainOf, storedAs } from '../image/reference.ts';
import { imageOf } from '../place/requirements.ts';
import type { ServiceChange } from '../plan/changes.ts';
import type { ServicePlacement } from '../place/simulate.ts';
import { takesImage } from '../quorum/resolve-image.ts';
import type { CheckContext, LiveSwarm } from './check.ts';
import { forecastOf } from './forecast.ts';
import { ownService } from './own-service.ts';

/** Nodes that will run an image, by what is known of it there. */
export interface ImageHolding {
  /** Host name to how it is known that the node has the image. */
  proved: Map<string, string>;
  /** Host names of nodes of which that is not known. */
  unproved: string[];
}

/**
 * Which nodes that will run an image hold it already, so that its tasks start there though no registry gives it. The
 * engine that is asked tells of its own images only, and the swarm lists no node's; of another node, a running task of
 * that very image proves it. A task of `name:tag@digest` proves the digest and not the tag: the engine stores what
 * swarm pulls under its digest only (seen with 20.10.24 and 28.5.2), and a new task of `name:tag` finds nothing there.
 * @param image as the document writes it, and its registry does not give it
 * @param services that are to run it
 * @param changes what deploying does to them
 */
export async function holdingOf(
  context: CheckContext,
  image: string,
  services: readonly string[],
  changes: readonly ServiceChange[] = context.planned().services,
): Promise<ImageHolding> {
  const { live } = context;
  if (live === undefined) return { proved: new Map(), unproved: [] };
  const forecast = await forecastOf(context);
  const proved = new Map<string, string>();
  const unproved = new Set<string>();
  for (const service of services) {
    const reference = referenceOfNewTasks(
      image,
      changes.find(({ name }) => name === service),
      live,
    );
    for (const { nodeId, node } of nodesOf(forecast.services.find((each) => each.service === service))) {
      const how = await proofOn(nodeId, reference, live, context.info?.swarm.nodeId);
      if (how === undefined) unproved.add(node);
      else proved.set(node, how);
    }
  }
  for (const node of unproved) proved.delete(node);
  return { proved, unproved: [...unproved] };
}

/** A service whose tasks a deployment stops, on nodes that are not known to hold the image of the next ones. */
export interface StoppedFor {
  service: string;
  /** Host names of these nodes. */
  unproved: string[];
  /**
   * The deployment changes its image, and the registry of that one told docker the digest of what runs now. So this
   * engine can ask it at other times, which on a swarm that no registry serves it cannot.
   */
  askedBefore: boolean;
}

/**
 * Services that run, and that a deployment would stop for an image which may not come: swarm stops a task as it makes
 * the one in its place, before that has its image (moby/swarmkit: manager/orchestrator/update/updater.go, updateTask),
 * unless the update starts first.
 * @param services that are to run the image
 */
export async function stoppedFor(
  context: CheckContext,
  image: string,
  services: readonly string[],
): Promise<StoppedFor[]> {
  const { stack, live } = context;
  if (live === undefined) return [];
  const { restarts, services: changes } = context.planned();
  const found: StoppedFor[] = [];
  for (const { name, order, job } of restarts.flatMap(({ services: restarting }) => restarting)) {
    const service = ownService(stack, live.services, name);
    if (service === undefined || !services.includes(name) || order === 'start-first' || job === true) continue;
    if (!live.tasks.some((task) => task.serviceId === service.id && runs(task))) continue;
    const { unproved } = await holdingOf(context, image, [name], changes);
    if (unproved.length === 0) continue;
    const [now, words] = [imageOf(service.spec), userImage(service.spec)];
    const told = digestIn(now) !== undefined && digestIn(words) === undefined && domainOf(words) === domainOf(image);
    const taken = changes.some((change) => change.name === name && takesImage(change));
    found.push({ service: name, unproved, askedBefore: told && taken });
  }
  return found;
}

/** Where its tasks stay, and where new ones may go: swarm chooses among these. */
function nodesOf(placement: ServicePlacement | undefined): { nodeId: string; node: string }[] {
  if (placement === undefined) return [];
  return placement.staying >= placement.wanted
    ? placement.now
    : [...placement.now.filter(() => placement.staying > 0), ...placement.eligible];
}

/** An unchanged image keeps the digest that runs; a new or changed one gets none from a registry that refuses it. */
function referenceOfNewTasks(image: string, change: ServiceChange | undefined, live: LiveSwarm): string {
  if (change?.id === undefined || takesImage(change)) return image;
  const service = live.services.find(({ id }) => id === change.id);
  return service === undefined ? image : imageOf(service.spec);
}

async function proofOn(
  nodeId: string,
  reference: string,
  { engine, tasks }: LiveSwarm,
  asked: string | undefined,
): Promise<string | undefined> {
  if (tasks.some((task) => task.nodeId === nodeId && runs(task) && storedAs(task.image) === storedAs(reference)))
    return 'a task of it runs there';
  if (nodeId !== asked) return undefined;
  return (await engine.localImage(reference)) === undefined ? undefined : 'its engine lists it';
}

const runs = (task: SwarmTask): boolean => task.desiredState === 'running' && task.state === 'running';
