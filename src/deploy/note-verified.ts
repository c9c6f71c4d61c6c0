import type { CommandIo } from '../cli/io.ts';
import { reporterOf } from '../ui/reporter.ts';
import { readSecretStates, survey } from '../project/plan-bundle.ts';
import type { Loaded } from '../project/bundle-dir.ts';
import { locked } from '../cli/with-engine.ts';
import type { Engine, SwarmNode } from '../engine/port.ts';
import { BundleError, EXIT } from '../errors.ts';
import { planBundle } from '../project/plan-bundle.ts';
import { reusable } from '../release/choose.ts';
import { removedText, removeUnkept } from '../release/clean.ts';
import type { StoredRelease } from '../release/record.ts';
import type { GoodState } from '../release/states.ts';
import { markRelease, readHistory, type History } from '../release/store.ts';
import { STABLE } from '../verify/check-stability.ts';
import { knownNames } from '../verify/bundle/expected.ts';
import type { Verification } from '../verify/result.ts';
import { EVERYTHING, leavesNone, type Selection } from '../verify/select.ts';
import { contentOf, pinnedImages } from '../release/content.ts';

/**
 * The newest release, if the bundle asks the same of the swarm: what a verification is noted in, unless it was
 * verified before. Records that cannot be read are a warning.
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

/** Checks that tell whether every task is there and stays, however little else could be told. */
const UP: readonly string[] = ['tasks', 'running', 'completed', STABLE];

/**
 * What a verification makes of a release, as `deploy` would have after its wait: `converged` where nobody awaited its
 * tasks, all of them are up by now, and what else there is was left out (as by `deploy --no-verify`) or could not be
 * told. Undefined if it makes nothing of it.
 * @param seesAll whether every task was looked at
 */
function stateAfter(
  { results, exit, leftOut }: Verification,
  { state }: StoredRelease,
  seesAll: boolean,
): GoodState | undefined {
  if (exit === EXIT.verification || !seesAll) return undefined;
  if (exit === EXIT.done && leftOut === 0) return 'verified';
  // Where the swarm keeps too few tasks to tell of loops, that is told and counts neither way.
  const up = results.filter(({ check, status }) => UP.includes(check) && status !== 'not-run');
  const all = up.length > 0 && up.every(({ status }) => status === 'passed');
  return state === 'deployed' && all ? 'converged' : undefined;
}

/**
 * Marks a release by a verification of all its tasks, and removes releases and secrets that are no longer kept, as
 * `deploy` does once it has waited: if under the stack's lock the swarm is still what the release asked for. A swarm or
 * an operator that does not let it, or a signal, is a warning: what was seen was told, and stands without.
 * @param release as `runningRelease` gave it before the verification
 * @param selection what was looked at
 */
export async function noteVerified(
  engine: Engine,
  loaded: Loaded,
  release: StoredRelease,
  verified: Verification,
  io: CommandIo,
  selection: Selection = EVERYTHING,
): Promise<void> {
  const state = stateAfter(verified, release, leavesNone(selection, UP, knownNames(loaded)));
  if (state === undefined) return;
  const { name } = loaded.directory.bundle;
  const reporter = reporterOf(io);
  let marked = false;
  try {
    await locked(engine, name, 'verify', io, async (inner) => {
      const found = await survey(engine, name, { tasks: false });
      const reading = readHistory(engine, name);
      const now = await runningRelease(reading, loaded, found.live.nodes, inner);
      // Somebody deployed meanwhile, or judged it: what was seen is not what runs now.
      if (now?.number !== release.number || (state === 'converged' && now.state !== release.state)) return;
      const history = await reading;
      if (!planBundle(loaded, found, await readSecretStates(loaded, found), { history }).empty) return;
      const services = await engine.services({ stack: name });
      inner.signal.throwIfAborted();
      await markRelease(engine, name, now, { state, images: pinnedImages(name, services) });
      marked = true;
      reporter.step(`release ${now.number} is marked as ${state}; it was "${now.state}"`);
      const gone = await removeUnkept(engine, loaded, inner.signal);
      if (gone.length > 0) reporter.step(removedText(gone));
    });
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    reporter.warn(
      marked
        ? `of what no kept release needs some may be left: ${error.message}`
        : `release ${release.number} could not be marked as ${state}: ${error.message}`,
    );
  }
}
