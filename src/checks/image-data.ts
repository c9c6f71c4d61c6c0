import type { ComposeService } from '../compose/types.ts';
import type { LocalImage } from '../engine/port.ts';
import { besideMounts, dataPlaces, type Beside, type DataPlace } from '../image/data-places.ts';
import { digestIn, familiar } from '../image/reference.ts';
import { imageOf } from '../place/requirements.ts';
import { listText } from '../place/words.ts';
import type { Check, CheckContext, Finding, LiveSwarm } from './check.ts';
import { ownService } from './own-service.ts';

/**
 * Whether a service's volume is where its image keeps data: beside it, all is gone with the container. The engine that
 * is asked tells it of the images that it holds; nothing is pulled for it.
 */
export const imageData: Check = {
  name: 'image-data',
  title: 'where images keep data',
  offline: false,
  async run(context) {
    const { document, live } = context;
    if (live === undefined) return [];
    const looked = await Promise.all(
      Object.entries(document.services)
        .filter(([, service]) => volumesOf(service).length > 0)
        .map(async ([name, service]) => ({
          name,
          service,
          image: await heldImage(name, service.image, context, live),
        })),
    );
    const missing = new Set(looked.filter(({ image }) => image === undefined).map(({ service }) => service.image));
    return [
      ...looked.flatMap(({ name, service, image }) => (image === undefined ? [] : judge(name, service, image))),
      ...notLooked([...missing]),
    ];
  },
};

const volumesOf = ({ volumes = [] }: ComposeService) => volumes.filter(({ type }) => type === 'volume');

/** What swarm pulled is kept under its digest only: then the reference of the service that runs finds it. */
async function heldImage(
  name: string,
  image: string,
  { stack }: CheckContext,
  { engine, services }: LiveSwarm,
): Promise<LocalImage | undefined> {
  const running = ownService(stack, services, name);
  const pinned = running === undefined ? '' : imageOf(running.spec);
  return (
    (await engine.localImage(image)) ??
    (digestIn(pinned) !== undefined && familiar(pinned) === familiar(image) ? engine.localImage(pinned) : undefined)
  );
}

function judge(name: string, service: ComposeService, image: LocalImage): Finding[] {
  const { volumes = [], environment = {} } = service;
  return besideMounts(dataPlaces(image, environment), {
    volumes: volumesOf(service).map(({ target }) => target),
    mounts: volumes.map(({ target }) => target),
  }).map((beside) => ({
    level: 'warning',
    text:
      `${name}: ${service.image} keeps data in ${listText(beside.places.map(placeText))}, ` +
      `${whereInstead(beside, service)}: what is written beside it is gone with the container`,
    hint: 'use the official image or a copy of it, or prove on a test swarm that the data is in the volume',
  }));
}

const placeText = ({ path, from }: DataPlace): string =>
  `${path} (${from === 'VOLUME' ? 'a VOLUME of the image' : from})`;

function whereInstead({ mount }: Beside, service: ComposeService): string {
  const mounted = volumesOf(service).filter(({ target }) => mount === undefined || target === mount);
  return `and ${listText(mounted.map(({ source, target }) => `volume ${source} is at ${target}`))}`;
}

function notLooked(images: readonly string[]): Finding[] {
  if (images.length === 0) return [];
  const [is, its] = images.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return [
    {
      level: 'not-run',
      text: `${listText(images)} ${is} not on the node of the engine that is asked: where ${its === 'it' ? 'it keeps' : 'they keep'} data was not looked at`,
      hint: `docker pull ${its} there, then check again`,
    },
  ];
}
