import type { StackDocument } from '../compose/types.ts';
import type { SwarmService, SwarmTask } from '../engine/port.ts';
import { ownServices } from '../plan/own-services.ts';
import type { OneWay } from '../sdk/definition.ts';
import { wasEverGood } from './choose.ts';
import { pinnedImages } from './content.ts';
import type { StoredRelease } from './record.ts';

/** The check that refuses it, for --ignore. */
export const DOWNGRADE_CHECK = 'image-downgrade';

/** A service that would get an image which does not start on its data any more. */
export interface Downgrade {
  oneWay: OneWay;
  /** The newest image that ran on the data, as a document has it. */
  from: string;
  /** The same as the swarm pinned it. */
  pinned: string;
  to: string;
}

/** What tells which images ran in a stack. */
export interface Ran {
  stack: string;
  services: readonly SwarmService[];
  tasks: readonly SwarmTask[];
  /** Newest first. */
  releases: readonly StoredRelease[];
}

/**
 * The services that keep data and that deploying a document would take to an older series than one that ran on it. An
 * image ran if a task of it did, or if the last good release had it: one that could not be pulled, or did not start on
 * the data, is none.
 */
export function downgrades(
  oneWays: readonly OneWay[],
  document: Pick<StackDocument, 'services'>,
  ran: Ran,
): Downgrade[] {
  return oneWays.flatMap((oneWay) => downgradeOf(oneWay, document, ran) ?? []);
}

function downgradeOf(
  oneWay: OneWay,
  { services }: Pick<StackDocument, 'services'>,
  { stack, services: live, tasks, releases }: Ran,
): Downgrade | undefined {
  const { service: name, seriesOf } = oneWay;
  const wanted = services[name];
  const running = ownServices(stack, live).find((service) => service.name === `${stack}_${name}`);
  if (wanted === undefined || running === undefined || (wanted.volumes ?? []).length === 0) return undefined;
  const to = seriesOf(wanted.image);
  const newer = (image: string): boolean => isOlder(to, seriesOf(image));
  // What is deployed by now is no way down, whatever ran once: its data may have been loaded anew.
  if (!newer(pinnedImages(stack, [running])[name] ?? '')) return undefined;
  const last = releases.find((release) => wasEverGood(release) && release.images[name] !== undefined);
  const images = [
    ...tasks.filter((task) => task.serviceId === running.id && hasRun(task)).map(({ image }) => image),
    last?.images[name] ?? '',
  ].filter(newer);
  const [first] = images;
  if (first === undefined) return undefined;
  const pinned = images.reduce((best, image) => (isOlder(seriesOf(best), seriesOf(image)) ? image : best), first);
  return { oneWay, from: asDeployed(pinned, name, releases), pinned, to: wanted.image };
}

/** Last messages of tasks that ran and have ended by themselves. */
const RAN: readonly string[] = ['started', 'finished'];

/**
 * Whether a task came to run, which one with a health check does once that passes. Of one that failed the last message
 * stays, beside the error (moby/swarmkit: agent/exec/controller.go, Do).
 */
const hasRun = ({ state, message }: SwarmTask): boolean => state === 'running' || RAN.includes(message);

/** Whether a series comes before another one; of what is not known nothing can be said. */
function isOlder(one: readonly number[] | undefined, other: readonly number[] | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const at = one.findIndex((number, index) => index < other.length && number !== other[index]);
  return at !== -1 && (one[at] ?? 0) < (other[at] ?? 0);
}

/** An image that the swarm pinned, as the newest release that deployed it has it in its document. */
function asDeployed(pinned: string, name: string, releases: readonly StoredRelease[]): string {
  const images = releases.flatMap(({ document }) => document.services[name]?.image ?? []);
  return images.find((image) => pinned === image || pinned.startsWith(`${image}@`)) ?? pinned;
}

/** A release with the images that stay as they are. */
export function withImagesThatStay(release: StoredRelease, stay: readonly Downgrade[]): StoredRelease {
  const services = { ...release.document.services };
  const images = { ...release.images };
  for (const { oneWay, from, pinned } of stay) {
    const service = services[oneWay.service];
    if (service === undefined) continue;
    services[oneWay.service] = { ...service, image: from };
    images[oneWay.service] = pinned;
  }
  return { ...release, images, document: { ...release.document, services } };
}
