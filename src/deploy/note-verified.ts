import type { CommandIo } from '../cli/io.ts';
import { reporterOf } from '../ui/reporter.ts';
import { readSecretStates, survey } from '../project/plan-bundle.ts';
import type { Loaded } from '../project/bundle-dir.ts';
import { locked } from '../cli/with-engine.ts';
import type { Engine, SwarmNode } from '../engine/port.ts';
import { BundleError, EXIT } from '../errors.ts';
import { planBundle } from '../project/plan-bundle.ts';
import { reusable } from '../release/choose.ts';
import type { StoredRelease } from '../release/record.ts';
import { markRelease, readHistory, type History } from '../release/store.ts';
import type { Verification } from '../verify/result.ts';
import { contentOf, pinnedImages } from '../release/content.ts';

/**
 * The newest release, if the bundle asks the same of the swarm: what a whole verification that passes is noted in,
 * unless it was before. Records that cannot be read are a warning.
 * @param reading the stack's releases, as they are being read
 */
export async function runningRelease(
  reading: Promise<History>,
  loaded: Loaded,
  nodes: readonly SwarmNode[],
  io: CommandIo,
): Promise<StoredRelease | undefined> {
  try {
    return reusable(await reading, contentOf(loaded, nodes));
  } catch (error) {
    if (!(error instanceof BundleError) || io.signal.aborted) throw error;
    reporterOf(io).warn(`what becomes of this is not noted in the release: ${error.message}`);
    return undefined;
  }
}

/**
 * Marks a release as verified if everything was looked at and holds, and if under the stack's lock the swarm is still
 * what the release asked for. A swarm or an operator that does not let it is a warning: what was seen stands without.
 * @param release as `runningRelease` gave it before the verification
 */
export async function noteVerified(
  engine: Engine,
  loaded: Loaded,
  release: StoredRelease,
  verified: Verification,
  io: CommandIo,
): Promise<void> {
  if (verified.exit !== EXIT.done || verified.leftOut > 0) return;
  const { name } = loaded.directory.bundle;
  try {
    await locked(engine, name, 'verify', io, async () => {
      const found = await survey(engine, name, { tasks: false });
      const reading = readHistory(engine, name);
      const now = await runningRelease(reading, loaded, found.live.nodes, io);
      // Somebody deployed meanwhile: what was seen is not what runs now.
      if (now?.number !== release.number) return;
      const history = await reading;
      if (!planBundle(loaded, found, await readSecretStates(loaded, found), { history }).empty) return;
      const services = await engine.services({ stack: name });
      await markRelease(engine, name, now, { state: 'verified', images: pinnedImages(name, services) });
      reporterOf(io).step(`release ${now.number} is marked as verified; it was "${now.state}"`);
    });
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    reporterOf(io).warn(`release ${release.number} could not be marked as verified: ${error.message}`);
  }
}
