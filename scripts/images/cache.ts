/**
 * What was built once: directories under `.cache/images`, named by what went into them. A directory there is complete,
 * always: it is made under another name and renamed, so builders that run at the same time cannot harm each other.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../.cache/images/', import.meta.url));

/** A short name for a content: equal parts give equal keys. */
export function keyOf(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  // The length in front keeps ('ab','c') and ('a','bc') apart.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 20);
}

/** The directory of a thing that was built; undefined if it is not in the cache. */
export function cachedAt(kind: string, key: string): string | undefined {
  const dir = path.join(ROOT, kind, key);
  return existsSync(dir) ? dir : undefined;
}

/** Removes the things of a kind that are picked, each at once: nobody finds half of one. */
export async function forget(kind: string, picked: (key: string, dir: string) => boolean): Promise<void> {
  const parent = path.join(ROOT, kind);
  for (const key of await readdir(parent).catch(() => []))
    if (picked(key, path.join(parent, key)))
      // Another process may have been quicker.
      await withScratch((scratch) => rename(path.join(parent, key), path.join(scratch, key)).catch(() => undefined));
}

/** What this process is building just now: asked for twice at once, a thing is built once. */
const underWay = new Map<string, Promise<string>>();

/**
 * The directory of a thing that is built once: made by `build` when it is not there.
 *
 * @param kind what it is, the parent's name.
 * @param build fills the empty directory it is given; when it throws, nothing stays.
 * @param build.final where that directory will be.
 */
export function cached(
  kind: string,
  key: string,
  build: (dir: string, final: string) => Promise<void>,
): Promise<string> {
  const final = path.join(ROOT, kind, key);
  const begun = underWay.get(final) ?? produce(final, build).finally(() => underWay.delete(final));
  underWay.set(final, begun);
  return begun;
}

/** What a builder that was killed left behind. Scratch directories bear the number of their process. */
const swept = sweep(path.join(ROOT, 'scratch'));

async function sweep(dir: string): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  const dead = names.filter((name) => !existsSync(`/proc/${name.split('-')[0]}`));
  await Promise.all(dead.map((name) => rm(path.join(dir, name), { recursive: true, force: true })));
}

/** Runs `work` with an empty directory that is gone afterwards. */
export async function withScratch<T>(work: (dir: string) => Promise<T>): Promise<T> {
  await swept;
  const scratch = path.join(ROOT, 'scratch', `${process.pid}-${randomBytes(6).toString('hex')}`);
  await mkdir(scratch, { recursive: true });
  try {
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function produce(final: string, build: (dir: string, final: string) => Promise<void>): Promise<string> {
  if (existsSync(final)) return final;
  return withScratch(async (scratch) => {
    const made = path.join(scratch, 'made');
    await mkdir(made);
    await build(made, final);
    await mkdir(path.dirname(final), { recursive: true });
    await rename(made, final).catch((error: unknown) => {
      // Another process was quicker, with the same content.
      if (!existsSync(final)) throw error;
    });
    return final;
  });
}
