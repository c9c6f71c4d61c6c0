import { BundleError, EXIT } from '../errors.ts';
import { requirePassed } from '../checks/run.ts';
import type { CheckContext } from '../checks/check.ts';
import type { Engine, SwarmSecret } from '../engine/port.ts';
import type { Plan } from '../plan/plan.ts';
import { swarmChanged } from '../plan/changed.ts';
import { keptReleases, reusable, staleSecrets } from '../release/choose.ts';
import { readHistory, type History } from '../release/store.ts';
import type { CommandIo } from '../cli/io.ts';
import { refuseForbidden } from '../quorum/refuse.ts';
import { liveStack, planBundle } from '../project/plan-bundle.ts';
import { placementOfBundle } from '../project/placement.ts';
import { planLines } from '../cli/plan-lines.ts';
import { contentOf } from './record.ts';
import { checkLines, tellingChecks, worthSaying } from '../cli/report-checks.ts';
import { reporterOf } from '../cli/reporter.ts';
import { messageScreen } from '../cli/screen.ts';
import { checkContext, survey, type Loaded, type Survey } from '../cli/session.ts';

/** What was read of the swarm, and what follows from it: all that is decided upon before anything is done. */
export interface Review {
  found: Survey;
  context: CheckContext;
  plan: Plan;
  history: History;
}

/**
 * Reads the swarm, checks, plans.
 * @param show prints what the checks found and the plan
 * @throws BundleError (exit 3) where a check failed
 */
export async function review(
  engine: Engine,
  loaded: Loaded,
  options: { adopt?: boolean; ignore: string[]; atOnce?: boolean | undefined; verify?: boolean },
  io: CommandIo,
  show: boolean,
): Promise<Review> {
  const { name } = loaded.directory.bundle;
  const [found, history] = await Promise.all([survey(engine, name), readHistory(engine, name)]);
  const context = await checkContext(loaded, found, undefined, options.adopt === true, io);
  const results = await tellingChecks(context, options.ignore, io);
  if (show && !io.json && !io.quiet)
    for (const line of checkLines(await worthSaying(results, found), io, { all: false })) io.stderr(`${line}\n`);
  requirePassed(results);
  const plan = planBundle(loaded, found, context.secrets, {
    stale: staleAfter(loaded, found, history),
    atOnce: options.atOnce,
    verify: options.verify,
  });
  const reporter = reporterOf(io);
  if (show && !io.json)
    for (const line of planLines(
      plan,
      plan.empty ? undefined : placementOfBundle(loaded, found, plan),
      messageScreen(io),
    ))
      reporter.step(line);
  refuseForbidden(loaded.directory.plan.ensembles, plan);
  return { found, context, plan, history };
}

/** Old secret versions that no release needs which will be kept when the bundle is deployed. */
export function staleAfter(loaded: Loaded, found: Survey, { releases }: History): SwarmSecret[] {
  const content = contentOf(loaded, found.live.nodes);
  const after = reusable(releases, content) ? releases : [{ ...content, state: 'started' as const }, ...releases];
  return staleSecrets(found.liveSecrets, keptReleases(after), loaded);
}

/** Throws (exit 8) where the swarm is not any more what it was when the plan was shown. */
export function requireUnchanged(shown: Review, now: Review): void {
  const changed = swarmChanged(
    now.plan.stack,
    liveStack(shown.found, shown.context.secrets),
    liveStack(now.found, now.context.secrets),
  );
  if (changed.length === 0) return;
  throw new BundleError(
    'swarm-changed',
    `the swarm changed since the plan was shown:\n${changed.map((text) => `  ${text}`).join('\n')}`,
    {
      exit: EXIT.held,
      hints: ['nothing was done in the swarm; run the same command again to see the plan as it is now'],
      details: { changed },
    },
  );
}
