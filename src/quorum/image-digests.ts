import type { StackDocument } from '../compose/types.ts';
import type { SwarmService } from '../engine/port.ts';
import { digestIn, familiarName } from '../image/reference.ts';
import { imageOf } from '../place/requirements.ts';
import { listText } from '../place/words.ts';
import type { Finding } from '../sdk/finding.ts';
import type { Reporter } from '../ui/reporter.ts';

/** What a deployment found, and what it left. */
export interface DeployedImages {
  document: Pick<StackDocument, 'services'>;
  before: { services: readonly SwarmService[] };
  after: { services: readonly SwarmService[] };
}

interface Asked {
  /** The registry's answer, or throws. */
  inRegistry: (image: string) => Promise<{ digest: string }>;
}

/**
 * Of services that run an image by its tag alone.
 * @param image as the document writes it
 * @param digest of it in its registry, `sha256:…`, if that is known
 */
export const unpinnedWarning = (image: string, services: readonly string[], digest = 'sha256:…'): Finding => ({
  level: 'warning',
  text:
    `${listText(services)} ${services.length === 1 ? 'runs' : 'run'} ${image} without a digest: its registry did not ` +
    'tell docker which image the tag meant when it was deployed. Nodes may hold different ones, and a rollback brings ' +
    'back what the tag means by then',
  hint:
    'if nobody pushes another image under that tag, nothing need be done; else name it in bundle.yaml as ' +
    `${image}@${digest} and deploy: the same words, deployed again, change nothing`,
});

/**
 * What services got of their images in a deployment, against what the registry could have told. The docker CLI asks it
 * for each service by itself, just before it sends that service. Without an answer the service gets the tag alone and
 * the deployment succeeds; the CLI says so of an update, and of a new service nothing (docker/cli:
 * cli/command/stack/deploy_composefile.go, deployServices; moby/moby: client/service_create.go,
 * resolveContainerSpecImage). Nothing is said of an image that no registry was seen to have: nodes may hold it
 * themselves.
 * @param registry asked only if nothing else shows that it has the image
 * @returns a warning for each image that services got without its digest, or of which services have different ones
 */
export async function digestWarnings(
  stack: string,
  { document, before, after }: DeployedImages,
  registry: Asked,
): Promise<Finding[]> {
  const [was, is] = [imagesIn(before), imagesIn(after)];
  const found: Finding[] = [];
  for (const [image, names] of namesByImage(document)) {
    const live = names.flatMap((name) => {
      const [from, now] = [was.get(`${stack}_${name}`), is.get(`${stack}_${name}`)];
      return now === undefined ? [] : [{ name, from, digest: digestIn(now), taken: now !== from }];
    });
    if (!live.some(({ taken }) => taken)) continue;
    const pinned = grouped(live.flatMap(({ name, digest }) => (digest === undefined ? [] : [[digest, name] as const])));
    if (pinned.size > 1) found.push(different(image, pinned));
    const unpinned = live.filter(({ taken, digest }) => taken && digest === undefined);
    if (unpinned.length === 0) continue;
    const [digest = await digestNow(image, registry)] = pinned.keys();
    if (digest !== undefined || unpinned.some(({ from }) => wasPinned(from, image)))
      found.push(unpinnedWarning(image, unpinned.map(({ name }) => name), digest)); // prettier-ignore
  }
  return found;
}

/** The same, and says them. */
export async function warnOfDigests(
  stack: string,
  deployed: DeployedImages,
  registry: Asked,
  reporter: Pick<Reporter, 'warn'>,
): Promise<Finding[]> {
  const found = await digestWarnings(stack, deployed, registry);
  for (const { text, hint = '' } of found) reporter.warn(`${text}\n  → ${hint}`);
  return found;
}

const digestNow = async (image: string, { inRegistry }: Asked): Promise<string | undefined> =>
  (await inRegistry(image).catch(() => undefined))?.digest;

/** Image references by the swarm's names of services. */
const imagesIn = ({ services }: DeployedImages['after']): Map<string, string> =>
  new Map(services.map(({ name, spec }) => [name, imageOf(spec)]));

const namesByImage = ({ services }: DeployedImages['document']): Map<string, string[]> =>
  grouped(Object.entries(services).map(([name, { image }]) => [image, name] as const));

function grouped(pairs: readonly (readonly [key: string, name: string])[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [key, name] of pairs) groups.set(key, [...(groups.get(key) ?? []), name]);
  return groups;
}

/** Whether the registry told a digest of that repository when the service was deployed before. */
const wasPinned = (from: string | undefined, image: string): boolean =>
  from !== undefined && digestIn(from) !== undefined && familiarName(from) === familiarName(image);

function different(image: string, byDigest: ReadonlyMap<string, readonly string[]>): Finding {
  const each = [...byDigest].map(([digest, names]) => `${digest} (${names.join(', ')})`);
  return {
    level: 'warning',
    text: `${image} is not the same image everywhere: ${listText(each)}; its tag moved before the last was deployed`,
    hint: `name the one that all are to run in bundle.yaml as ${image}@sha256:…, and deploy`,
  };
}
