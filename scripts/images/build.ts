/**
 * The lab's images: built from this machine and Debian's packages, with no outside registry, and put into the lab's
 * own.
 */
import { fileURLToPath } from 'node:url';
import type { Lab } from '../lab/lab.ts';
import { digestOf, image, MANIFEST_TYPE } from './oci/image.ts';
import { client } from './recipes/client.ts';
import { kafka } from './recipes/kafka.ts';
import { mysql } from './recipes/mysql.ts';
import { probe } from './recipes/probe.ts';
import type { Log, Recipe } from './recipes/recipe.ts';
import { agent, manager } from './recipes/simulator.ts';
import { zookeeper } from './recipes/zookeeper.ts';

const RECIPES = { manager, agent, mysql, zookeeper, client, probe, kafka } satisfies Record<string, Recipe>;

export type ImageName = keyof typeof RECIPES;

export const IMAGE_NAMES = Object.keys(RECIPES) as ImageName[];

export interface BuildOptions<Name extends ImageName = ImageName> {
  /** Only these (default: all). */
  only?: readonly Name[];
  log?: Log;
}

const UPLOAD = fileURLToPath(new URL('oci/upload.mjs', import.meta.url));

/**
 * Builds images, as far as they are not in the cache, and puts them into a lab's registry. May be called again at any
 * time; what is there already is not sent again.
 *
 * @returns their full names, `REGISTRY/NAME:TAG`.
 * @throws Error when a package cannot be had, or the registry refuses.
 */
export async function buildImages<Name extends ImageName = ImageName>(
  lab: Pick<Lab, 'registry' | 'exec'>,
  options: BuildOptions<Name> = {},
): Promise<Record<Name, string>> {
  const log = options.log ?? (() => undefined);
  const names = options.only ?? (IMAGE_NAMES as Name[]);
  const built = await Promise.all(
    names.map(async (name) => ({ name, recipe: RECIPES[name], layers: await RECIPES[name].layers(log) })),
  );
  const images = built.map(({ recipe, layers }) => {
    const { config, manifest } = image(layers, recipe.settings);
    const blobs = [
      ...layers.map(({ file, size, digest }) => ({ file, size, digest })),
      { text: config, size: Buffer.byteLength(config), digest: digestOf(config) },
    ];
    return { name: recipe.repository, tag: recipe.tag, type: MANIFEST_TYPE, manifest, blobs };
  });
  log(`uploading ${names.join(', ')} to ${lab.registry}`);
  // The registry is in the switch's network namespace, which only a process of its own can enter.
  await lab.exec('switch', [process.execPath, UPLOAD], {
    input: JSON.stringify({ registry: lab.registry, images }),
    timeoutMs: 300_000,
  });
  return Object.fromEntries(
    built.map(({ name, recipe }) => [name, `${lab.registry}/${recipe.repository}:${recipe.tag}`]),
  ) as Record<Name, string>;
}

/** The digests of all layers of images, which are built as far as they are not in the cache. */
export async function layerDigests(names: readonly ImageName[], log: Log): Promise<string[]> {
  const layers = await Promise.all(names.map((name) => RECIPES[name].layers(log)));
  return layers.flat().map(({ digest }) => digest);
}
