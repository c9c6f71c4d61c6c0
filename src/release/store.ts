import { BundleError } from '../errors.ts';
import type { Engine } from '../engine/port.ts';
import {
  decodeRelease,
  encodeRelease,
  RELEASE_KIND,
  releaseLabels,
  releaseName,
  type Release,
  type StoredRelease,
} from './record.ts';
import { formerState, type ReleaseState } from './states.ts';

/** The release records of a stack, newest first. */
export interface History {
  releases: StoredRelease[];
  /** Names of records that this version of bundle cannot read. */
  unreadable: string[];
}

export async function readHistory(engine: Engine, stack: string): Promise<History> {
  const configs = await engine.configs({ owner: stack, kind: RELEASE_KIND });
  const read = configs.map((config) => ({ config, release: decodeRelease(config) }));
  return {
    releases: read.flatMap(({ release }) => release ?? []).sort((a, b) => b.number - a.number),
    unreadable: read.flatMap(({ config, release }) => (release ? [] : [config.name])).sort(),
  };
}

/** Writes down that a release begins, before anything of it is done. Call it under the stack's lock. */
export async function beginRelease(engine: Engine, stack: string, release: Release): Promise<StoredRelease> {
  const name = releaseName(stack, release.number);
  const encoded = encodeRelease(release);
  await engine.createConfig({ name, labels: releaseLabels(stack, { state: 'started' }), data: encoded });
  const stored = (await readHistory(engine, stack)).releases.find(({ number }) => number === release.number);
  if (!stored)
    throw new BundleError(
      'release-unreadable',
      `the swarm does not give back the release record ${name} that was just written`,
    );
  return stored;
}

/**
 * Writes down how far a release came, and that it was better before. Images stay unless new ones are given. Call it
 * under the stack's lock.
 */
export async function markRelease(
  engine: Engine,
  stack: string,
  release: StoredRelease,
  mark: { state: ReleaseState; note?: string; images?: Record<string, string> },
): Promise<StoredRelease> {
  const { was: _before, ...rest } = release;
  const was = formerState(release, mark.state);
  const labels = releaseLabels(stack, { images: release.images, was, ...mark });
  // By its version as it is now: the engine may have written without our seeing its answer.
  const found = (await engine.configs({ owner: stack, kind: RELEASE_KIND })).find(({ id }) => id === release.config.id);
  if (!found)
    throw new BundleError('release-gone', `the release record ${release.config.name} was removed by somebody`);
  await engine.updateConfigLabels(found, labels);
  return {
    ...rest,
    ...(was === undefined ? {} : { was }),
    ...{ state: mark.state, note: mark.note ?? '', images: mark.images ?? release.images },
  };
}
