/** Making a seed (lab/seed.ts): an engine of its own pulls the images once, and what it then has is kept. */
import { dataDirectory } from '../lab/engine.ts';
import { allOrNothing } from '../lab/interrupt.ts';
import { down, type Lab, obtainEngines, up } from '../lab/lab.ts';
import { copyLayers, isOutdated, SEED_DRIVER, seedKey, seedName, SEEDS, seedsFit } from '../lab/seed.ts';
import { buildImages, type ImageName, layerDigests } from './build.ts';
import { cached, cachedAt, forget } from './cache.ts';

export interface SeedOptions {
  /** The lab that it is made in; what is left of one of this id goes first. */
  id: string;
  /** Of ENGINE_NAMES. */
  engine: string;
  images: readonly ImageName[];
  log: (line: string) => void;
}

/**
 * The name of the seed of images (the value of SEED_VARIABLE), once the cache has it for an engine.
 *
 * @throws Error if this machine or this engine can have none; then, and on Ctrl-C, nothing stays
 */
export async function obtainSeed({ id, engine, images, log }: SeedOptions): Promise<string> {
  const { version = '' } = (await obtainEngines([engine], log))[engine] ?? {};
  const name = seedName(await layerDigests(images, log));
  const key = seedKey(name, version);
  if (cachedAt(SEEDS, key) !== undefined) return name;
  if (!(await seedsFit())) throw new Error('labs and the cache are not on one file system');
  log(`unpacking ${images.join(', ')} for engine ${version}, once for all labs`);
  await cached(SEEDS, key, async (dir) => {
    await down(id);
    await allOrNothing(
      async ({ signal }) => {
        const lab = await up({ id, hosts: 1, engine, swarm: false });
        await pull(lab, images, signal);
        await lab.kill('node1');
        signal.throwIfAborted();
        await copyLayers(dataDirectory(lab, lab.host('node1')), dir);
      },
      () => down(id),
    );
    await down(id);
  });
  // Each is some 420 MB.
  await forget(SEEDS, (found, dir) => isOutdated(found, dir, key, version));
  return name;
}

async function pull(lab: Lab, only: readonly ImageName[], signal: AbortSignal): Promise<void> {
  const driver = (await lab.docker('node1', ['info', '--format', '{{.Driver}}'], { signal })).stdout.trim();
  if (driver !== SEED_DRIVER) throw new Error(`the engine keeps its layers with ${driver}, not ${SEED_DRIVER}`);
  for (const image of Object.values(await buildImages(lab, { only })))
    await lab.docker('node1', ['pull', '--quiet', image], { signal });
}
