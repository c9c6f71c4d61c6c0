/**
 * A seed: the layers of images as an engine keeps them, without an image, so that an engine that starts with it has
 * nothing to unpack when it pulls one, and yet holds none. A pull asks the registry for the manifest as ever, and finds
 * each layer by its digest (moby 20.10 and 28: distribution/xfer/download.go, "Already exists").
 */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cachedAt, keyOf, withScratch } from '../images/cache.ts';
import { run } from './exec.ts';
import { labDirectory } from './plan.ts';

/** The storage driver whose layers a seed has: the only one with plain directories that hard links can share. */
export const SEED_DRIVER = 'overlay2';

/** The environment variable that names the seed whose layers the engines of new labs start with; without it, none. */
export const SEED_VARIABLE = 'LAB_SEED';

/** Kind of a seed in the cache (`cached`). */
export const SEEDS = 'seeds';

/** The name of the seed of layers, for all versions of engines. @param digests of the layers, in any order */
export const seedName = (digests: readonly string[]): string =>
  // The number goes up when the same layers are to be kept in another way.
  keyOf('seed 1', SEED_DRIVER, ...[...new Set(digests)].sort());

/** The key of a seed in the cache: each version of the engine has its own, as it wrote it. */
export const seedKey = (name: string, version: string): string => `${name}-${version}`;

/** How long no engine may have started with a seed, in milliseconds, until it goes: longer than any run of tests. */
const UNUSED_MS = 24 * 3_600_000;

/** Whether a seed in the cache is one of other layers for the same version, and nobody uses it any more. */
export const isOutdated = (found: string, dir: string, current: string, version: string, now = Date.now()): boolean =>
  found !== current && found.endsWith(`-${version}`) && now - statSync(dir).mtimeMs > UNUSED_MS;

/** The seed that engines of a version start with; undefined if there is none. */
export function seedFor(version: string): string | undefined {
  const name = process.env[SEED_VARIABLE];
  return name === undefined || name === '' ? undefined : cachedAt(SEEDS, seedKey(name, version));
}

/**
 * Lays a seed into the data directory of an engine that was never started. Where that cannot be, as with a cache on
 * another file system, the engine starts with nothing, and the log says why.
 */
export async function plantSeed(seed: string, dataRoot: string, log: (line: string) => void): Promise<void> {
  if (existsSync(dataRoot)) return;
  try {
    const now = new Date();
    utimesSync(seed, now, now);
    await copyLayers(seed, dataRoot);
  } catch (error) {
    rmSync(dataRoot, { recursive: true, force: true });
    log(`${dataRoot} starts without layers: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Copies the layers of an engine that does not run, and nothing else of its data. Their files become hard links, which
 * no engine minds: it never writes to a layer, and a container's writes go to a directory above it. What an engine
 * notes about layers is copied.
 *
 * @param from data directory, or a seed, which is laid out like one
 * @throws Error if there are no layers, or if the two are on different file systems
 */
export async function copyLayers(from: string, to: string): Promise<void> {
  const { linked, copied } = partsOfLayers(from);
  mkdirSync(to, { recursive: true, mode: 0o710 });
  // --parents gives the directories in between their owner and mode too.
  await run(['cp', '--archive', '--link', '--parents', ...linked, to], { cwd: from });
  await run(['cp', '--archive', '--parents', ...copied, to], { cwd: from });
}

/**
 * What a data directory has of layers (moby: daemon/graphdriver/overlay2, layer/filestore.go, distribution/metadata),
 * as paths in it: their trees, and what is noted about them. Which repository of which registry has a layer is no part
 * of it.
 *
 * @throws Error if it has none
 */
export function partsOfLayers(dataRoot: string): { linked: string[]; copied: string[] } {
  const list = (dir: string): string[] => {
    const whole = path.join(dataRoot, dir);
    return existsSync(whole) ? readdirSync(whole).map((name) => path.join(dir, name)) : [];
  };
  const layers = list(SEED_DRIVER).filter((dir) => /\/[0-9a-f]{64}$/.test(dir));
  if (layers.length === 0) throw new Error(`${dataRoot}: no layers of ${SEED_DRIVER}`);
  return {
    linked: layers.map((dir) => path.join(dir, 'diff')),
    copied: [
      ...layers.flatMap(list).filter((entry) => !/\/(diff|merged)$/.test(entry)),
      path.join(SEED_DRIVER, 'l'),
      path.join('image', SEED_DRIVER, 'layerdb', 'sha256'),
      path.join('image', SEED_DRIVER, 'distribution', 'diffid-by-digest'),
    ],
  };
}

/**
 * Whether labs and the cache are on one file system, so that hard links lead from one to the other. Tried out: bind
 * mounts of one disk refuse them too.
 */
export function seedsFit(): Promise<boolean> {
  return withScratch((scratch) => {
    const file = path.join(scratch, 'linked');
    writeFileSync(file, '');
    const parent = path.dirname(labDirectory('x'));
    mkdirSync(parent, { recursive: true });
    const link = path.join(parent, `.swarm-lab-${randomBytes(6).toString('hex')}`);
    try {
      linkSync(file, link);
      return Promise.resolve(true);
    } catch {
      return Promise.resolve(false);
    } finally {
      rmSync(link, { force: true });
    }
  });
}
