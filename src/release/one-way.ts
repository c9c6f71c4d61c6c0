import type { StackDocument } from '../compose/types.ts';
import type { SwarmService, SwarmTask } from '../engine/port.ts';
import { ownServices } from '../plan/own-services.ts';
import type { OneWay } from '../sdk/definition.ts';
import { wasEverGood } from './choose.ts';
import { pinnedImages } from './content.ts';
import type { StoredRelease } from './record.ts';
import { RAN_AND_FAILED } from './states.ts';

/** The check that refuses it, for --ignore. */
export const DOWNGRADE_CHECK = 'image-downgrade';

/** A service that would get an image which does not start on its data any more. */
export interface Downgrade {
  oneWay: OneWay;
  /** The newest image that ran on the data, as a document has it. */
  from: string;
  /** The same as the swarm pinned it, as far as that is known. */
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
 * image ran if a task of it did, or if the releases say so: one that could not be pulled, or did not start on the data,
 * is none. The volume of a service that is not there at the moment stays.
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
  if (wanted === undefined || (wanted.volumes ?? []).length === 0) return undefined;
  const running = ownServices(stack, live).find((service) => service.name === `${stack}_${name}`);
  const now = running && pinnedImages(stack, [running])[name];
  const to = seriesOf(wanted.image);
  const newer = (image: string): boolean => isOlder(to, seriesOf(image));
  // What is deployed by now is no way down, whatever ran once: its data may have been loaded anew.
  if (now !== undefined && !newer(now)) return undefined;
  const images = [
    ...tasks.filter((task) => task.serviceId === running?.id && hasRun(task)).map(({ image }) => image),
    ...ranByRecord(oneWay, releases).map((image) => (now?.startsWith(`${image}@`) === true ? now : image)),
  ].filter(newer);
  const [first] = images;
  if (first === undefined) return undefined;
  const pinned = images.reduce((best, image) => (isOlder(seriesOf(best), seriesOf(image)) ? image : best), first);
  return { oneWay, from: asDeployed(pinned, name, releases), pinned, to: wanted.image };
}

/**
 * Images of a service that ran by what releases say, from the last good one that had it on: the swarm forgets the tasks
 * of a service that is stopped (its count is 0), or removed.
 */
function ranByRecord(oneWay: OneWay, releases: readonly StoredRelease[]): string[] {
  const { service: name } = oneWay;
  const good = releases.findIndex((release) => wasEverGood(release) && release.images[name] !== undefined);
  return releases.slice(0, good === -1 ? undefined : good + 1).flatMap((release, index) => {
    const { state, note, images } = release;
    const ran = index === good || (state === 'failed' && RAN_AND_FAILED.includes(note));
    return (ran ? images[name] : imageThatStayed(oneWay, release, releases)) ?? [];
  });
}

/** What a way back left as it was, however far it came: an image of a later series than that of what it brought. */
function imageThatStayed(
  { service: name, seriesOf }: OneWay,
  { rollbackOf, document }: StoredRelease,
  releases: readonly StoredRelease[],
): string | undefined {
  const image = document.services[name]?.image;
  const brought = releases.find(({ number }) => number === rollbackOf)?.document.services[name]?.image;
  if (image === undefined || brought === undefined) return undefined;
  return isOlder(seriesOf(brought), seriesOf(image)) ? image : undefined;
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
