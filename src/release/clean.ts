import { BundleError } from '../errors.ts';
import { unlessGone, type Engine } from '../engine/port.ts';
import { keptReleases, staleSecrets } from './choose.ts';
import type { Deployable } from './content.ts';
import { needsBy } from './defined-by.ts';
import { dataReleases } from './same-secret.ts';
import { readHistory } from './store.ts';

/**
 * Removes records beyond those that are kept, and secret versions that none of these needs. Call it under the stack's
 * lock, once the release that runs is marked.
 * @returns the names of what went
 * @throws BundleError what the engine says; the signal's reason, before the next object goes
 */
export async function removeUnkept(engine: Engine, loaded: Deployable, signal: AbortSignal): Promise<string[]> {
  const { name: stack, definition } = loaded.directory.bundle;
  const [{ releases, unreadable }, secrets] = await Promise.all([
    readHistory(engine, stack),
    engine.secrets({ stack }),
  ]);
  const kept = keptReleases(releases, dataReleases(releases, needsBy(definition)));
  const gone: string[] = [];
  for (const { config } of releases.filter((release) => !kept.includes(release))) {
    signal.throwIfAborted();
    if (await unlessGone(engine.removeConfig(config.id))) gone.push(config.name);
  }
  for (const { id, name } of staleSecrets(secrets, { kept, unreadable }, loaded)) {
    signal.throwIfAborted();
    if (await removeUnlessUsed(engine, id)) gone.push(name);
  }
  return gone;
}

async function removeUnlessUsed(engine: Engine, id: string): Promise<boolean> {
  try {
    return await unlessGone(engine.removeSecret(id));
  } catch (error) {
    // A service outside stack.yml may mount it: the next run tries again.
    if (error instanceof BundleError && error.code === 'engine-conflict') return false;
    throw error;
  }
}

/** What is said of what went. */
export const removedText = (gone: readonly string[]): string =>
  `removed what no kept release needs: ${gone.join(', ')}`;
