/**
 * The jars of a Java service, pinned: `locks/NAME.json` names what is wanted, and has the coordinates and checksum of
 * every jar that it takes. `npx tsx scripts/images/maven/relock.ts NAME` writes the second part anew.
 */
import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, keyOf, withScratch } from '../cache.ts';
import { coordinatesOfPath, jarName, parseCoordinates } from './coordinates.ts';
import { copyJars } from './maven.ts';

const LOCKS = fileURLToPath(new URL('locks/', import.meta.url));

/** A lock file. */
export interface Lock {
  /** What is wanted: edited by hand. */
  roots: readonly string[];
  /** `GROUP:ARTIFACT` of what the roots' dependencies need not bring along: edited by hand. */
  without: readonly string[];
  /** All jars, by coordinates, with the SHA-256 of each: written by `relock.ts`. */
  jars: Readonly<Record<string, string>>;
}

/** Path of a lock file by its name. */
export function lockFile(name: string): string {
  return path.join(LOCKS, `${name}.json`);
}

/** Reads a lock file of this project by its name. */
export async function readLock(name: string): Promise<Lock> {
  return JSON.parse(await readFile(lockFile(name), 'utf8')) as Lock;
}

/** SHA-256 of a file, in hexadecimal. */
export async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/**
 * The directory that has a lock's jars under their plain names; downloaded if it is not in the cache.
 *
 * @throws Error if a jar's checksum is another than the lock file's, with the jar's coordinates; none is kept then.
 */
export async function lockedJars(name: string, log: (line: string) => void): Promise<string> {
  const { jars } = await readLock(name);
  const wanted = Object.keys(jars);
  if (wanted.length === 0)
    throw new Error(`${lockFile(name)} names no jars: run scripts/images/maven/relock.ts ${name}`);
  return cached('jars', keyOf(JSON.stringify(jars)), async (dir) => {
    log(`downloading the ${wanted.length} jars of ${name}`);
    await withScratch(async (repository) => {
      await takeJars(jars, repository, await copyJars(wanted, ['*:*'], repository, log), dir);
    });
  });
}

/**
 * Copies pinned jars out of a directory in Maven's layout, under their plain names.
 *
 * @param files the jars' paths below the directory.
 * @throws Error if one is missing, or its checksum is not the pinned one.
 */
export async function takeJars(
  jars: Lock['jars'],
  repository: string,
  files: readonly string[],
  into: string,
): Promise<void> {
  const got = new Map(files.map((file) => [coordinatesOfPath(file), path.join(repository, file)]));
  for (const [coordinates, pinned] of Object.entries(jars)) {
    const file = got.get(coordinates);
    if (file === undefined) throw new Error(`${coordinates}: Maven ended well and did not bring this jar`);
    const found = await sha256(file);
    if (found !== pinned)
      throw new Error(`${coordinates}: SHA-256 is ${found}, pinned is ${pinned}; do not use this jar`);
    await copyFile(file, path.join(into, jarName(parseCoordinates(coordinates))));
  }
}
