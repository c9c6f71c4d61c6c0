import { join } from 'node:path';
import { fingerprints } from '../bundle/fingerprint.ts';
import { FILE } from '../bundle/names.ts';
import { withOwnChecks } from '../bundle/own-expectations.ts';
import { renderStack } from '../compose/render.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import type { StackDocument } from '../compose/types.ts';
import { userImage } from '../compose/user-image.ts';
import { BundleError } from '../errors.ts';
import type { Engine, SwarmService } from '../engine/port.ts';
import { digestIn } from '../image/reference.ts';
import { loadSecretStore, type SecretStore } from '../io/secret-store.ts';
import { imageOf } from '../place/requirements.ts';
import { shortName } from '../plan/own-services.ts';
import { definedBy } from '../release/defined-by.ts';
import type { StoredRelease } from '../release/record.ts';
import type { Loaded } from '../project/bundle-dir.ts';

/**
 * A release as if it were the bundle: its answers, its secret versions, its document, and of `secrets/` only what is
 * still the version it means.
 * @param live the services of the stack as they are now
 * @throws BundleError (exit 2) if its answers are not valid for this version of bundle
 */
export async function releaseAsBundle(
  engine: Engine,
  loaded: Loaded,
  release: StoredRelease,
  live: readonly SwarmService[],
): Promise<Loaded> {
  const { bundle, plan: defined } = definedBy(release, [loaded.directory.bundle.definition]);
  const plan = {
    ...defined,
    rolling: defined.rollingBack,
    // Each image is brought back by its digest, and with it the start that its release had.
    wrappedImages: [],
    expectations: withOwnChecks(defined.expectations, bundle.verify, defined),
  };
  const store = await loadSecretStore(join(loaded.directory.dir, FILE.secrets), plan.secrets, release.lock);
  const document = await withItsImages(engine, bundle.name, release, live);
  return {
    directory: {
      ...loaded.directory,
      bundle,
      plan,
      lock: release.lock,
      secrets: { ...store, materials: ofVersion(store, release) },
    },
    document,
    text: renderStack({ document, heading: [], comments: {} }),
  };
}

/**
 * Material on disk that is what the release's lock means: the values of other versions must not be sent under its
 * names.
 */
function ofVersion({ key, materials }: SecretStore, { lock }: StoredRelease): SecretStore['materials'] {
  return Object.fromEntries(
    Object.entries(materials).filter(([secret, material]) => {
      const locked = lock.secrets[secret];
      if (!key || !locked) return false;
      const actual = fingerprints(key, secret, material);
      return Object.entries(locked.fingerprints).every(([part, value]) => actual[part] === value);
    }),
  );
}

/**
 * The document with the image of each service written so that a deployment brings the recorded digest. A service that
 * runs it keeps the words it was deployed by: no image changes. One that runs another digest by the same words is
 * pinned whatever its tag means, since a deployment would see no change. Any other one is pinned if its tag means
 * another image today, or if the registry does not say.
 */
async function withItsImages(
  engine: Engine,
  stack: string,
  { document, images }: StoredRelease,
  live: readonly SwarmService[],
): Promise<StackDocument> {
  const specs = new Map(live.map(({ name, spec }) => [shortName(stack, name), spec as ServiceSpec]));
  const broughtBy = async (name: string, image: string): Promise<string> => {
    const pinned = images[name] ?? '';
    const digest = digestIn(pinned);
    if (digest === undefined) return image;
    const now = specs.get(name);
    if (now !== undefined && imageOf(now) === pinned) return userImage(now);
    const sameWords = now !== undefined && userImage(now) === image;
    return sameWords || (await digestNow(engine, image)) !== digest ? pinned : image;
  };
  const services = await Promise.all(
    Object.entries(document.services).map(
      async ([name, service]) => [name, { ...service, image: await broughtBy(name, service.image) }] as const,
    ),
  );
  return { ...document, services: Object.fromEntries(services) };
}

async function digestNow(engine: Engine, image: string): Promise<string | undefined> {
  try {
    return (await engine.imageInRegistry(image)).digest;
  } catch (error) {
    if (error instanceof BundleError) return undefined;
    throw error;
  }
}
