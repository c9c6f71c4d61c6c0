import { join } from 'node:path';
import { fingerprints } from '../bundle/fingerprint.ts';
import { FILE } from '../bundle/names.ts';
import { withOwnChecks } from '../bundle/own-expectations.ts';
import { renderStack } from '../compose/render.ts';
import type { StackDocument } from '../compose/types.ts';
import { BundleError } from '../errors.ts';
import type { Engine } from '../engine/port.ts';
import { loadSecretStore, type SecretStore } from '../io/secret-store.ts';
import { definedBy } from '../release/defined-by.ts';
import type { StoredRelease } from '../release/record.ts';
import type { Loaded } from '../project/bundle-dir.ts';

/**
 * A release as if it were the bundle: its answers, its secret versions, its document, and of `secrets/` only what is
 * still the version it means.
 * @throws BundleError (exit 2) if its answers are not valid for this version of bundle
 */
export async function releaseAsBundle(engine: Engine, loaded: Loaded, release: StoredRelease): Promise<Loaded> {
  const { bundle, plan: defined } = definedBy(release, [loaded.directory.bundle.definition]);
  const plan = {
    ...defined,
    rolling: defined.rollingBack,
    expectations: withOwnChecks(defined.expectations, bundle.verify, defined),
  };
  const store = await loadSecretStore(join(loaded.directory.dir, FILE.secrets), plan.secrets, release.lock);
  const document = await withItsImages(engine, release);
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
 * The document with an image pinned by digest wherever its tag means another image today, or if the registry does
 * not say.
 */
async function withItsImages(engine: Engine, { document, images }: StoredRelease): Promise<StackDocument> {
  const services = await Promise.all(
    Object.entries(document.services).map(async ([name, service]) => {
      const pinned = images[name] ?? '';
      const [, digest] = /@(sha256:[0-9a-f]{64})$/.exec(pinned) ?? [];
      const moved = digest !== undefined && (await digestNow(engine, service.image)) !== digest;
      return [name, moved ? { ...service, image: pinned } : service] as const;
    }),
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
