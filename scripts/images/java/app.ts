/**
 * The layers that all images of Java services have in common: Java, the service's jars, the archive of their classes.
 * A service adds its own small layer, with the official image's paths and start, on top.
 */
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { keyOf } from '../cache.ts';
import { jarName, parseCoordinates } from '../maven/coordinates.ts';
import { lockedJars, readLock } from '../maven/lock.ts';
import { type Layer, layer } from '../oci/layer.ts';
import type { Log } from '../recipes/recipe.ts';
import { classArchive, type Training } from './archive.ts';
import type { JavaVersion } from './jre.ts';
import { javaRoot } from './root.ts';

/** A Java service as an image. */
export interface JavaApp {
  java: JavaVersion;
  /** Name of the lock file with its jars, `scripts/images/maven/locks/NAME.json`. */
  jars: string;
  /** The directory that has the jars in the image. */
  libs: string;
  training: Omit<Training, 'classPath'>;
}

/** Java, jars, archive; the lowest first. From the cache or built. */
export async function javaLayers(app: JavaApp, log: Log): Promise<Layer[]> {
  const below = [await javaRoot(app.java, log), await jarLayer(app, log)];
  const training = { ...app.training, classPath: await classPath(app) };
  return [...below, await classArchive(below, app.java, training, log)];
}

/** All jars by name, in the order that a shell gives `LIBS/*.jar` under LC_COLLATE=C: a start script lists them so. */
export async function classPath({ jars, libs }: Pick<JavaApp, 'jars' | 'libs'>): Promise<string> {
  const names = Object.keys((await readLock(jars)).jars).map((one) => jarName(parseCoordinates(one)));
  return names
    .sort()
    .map((name) => `${libs}/${name}`)
    .join(':');
}

async function jarLayer({ jars, libs }: JavaApp, log: Log): Promise<Layer> {
  const { jars: pinned } = await readLock(jars);
  return layer(keyOf('jars 1', libs, JSON.stringify(pinned)), async (root) => {
    const from = await lockedJars(jars, log);
    await mkdir(path.join(root, libs), { recursive: true });
    for (const name of await readdir(from)) await copyFile(path.join(from, name), path.join(root, libs, name));
  });
}
