import { DEFAULT_LIMITS } from '../bundle/host-limits.ts';
import { lockedPart } from '../bundle/lock-entry.ts';
import { beginningsOf, endingsOf, reissuesOf } from '../bundle/reissues.ts';
import type { CheckContext, Finding } from '../checks/check.ts';
import { RegistryLookup } from '../checks/registry-lookup.ts';
import { checkLines, tellingChecks, worthSaying } from '../checks/report.ts';
import { requirePassed } from '../checks/run.ts';
import type { CommandIo } from '../cli/io.ts';
import { planLines } from '../text/plan-lines.ts';
import type { Engine } from '../engine/port.ts';
import { BundleError, messageOf } from '../errors.ts';
import { authorityFaults } from '../io/authority-faults.ts';
import { isAlive, thisOperator } from '../io/operator.ts';
import { lookupHost } from '../io/lookup.ts';
import { probeTcp } from '../io/probe.ts';
import { changedSince, swarmChanged } from '../plan/changed.ts';
import type { Plan } from '../plan/changes.ts';
import type { Loaded } from '../project/bundle-dir.ts';
import { otherValues } from '../bundle/other-values.ts';
import {
  liveStack,
  placementOfBundle,
  planBundle,
  readSecretStates,
  staleAfter,
  survey,
  type PlanBundleOptions,
  type Survey,
} from '../project/plan-bundle.ts';
import { refuseForbidden } from '../quorum/refuse.ts';
import { needsBy } from '../release/defined-by.ts';
import { deploymentStart } from '../release/deployment-start.ts';
import { readHistory, type History } from '../release/store.ts';
import { systemClock } from '../swarm/clock.ts';
import type { DeploymentStart } from '../swarm/former-tasks.ts';
import { interruptedWith } from '../ui/interrupted.ts';
import { reporterOf } from '../ui/reporter.ts';
import { messageScreen } from '../ui/screen.ts';

/** What was read of the swarm, and what follows from it: all that is decided upon before anything is done. */
export interface Review {
  found: Survey;
  context: CheckContext;
  plan: Plan;
  history: History;
  start: DeploymentStart;
}

/**
 * Reads the swarm, checks, plans.
 * @param show prints what the checks found and the plan
 * @throws BundleError (exit 3) if a check failed
 */
export async function review(
  engine: Engine,
  loaded: Loaded,
  options: {
    adopt?: boolean;
    ignore: string[];
    atOnce?: boolean | undefined;
    verify?: boolean;
    mayStartJobs?: boolean;
    /** The release that is brought back. */
    backTo?: number;
    renew?: boolean | undefined;
    yes?: boolean | undefined;
  },
  io: CommandIo,
  show: boolean,
): Promise<Review> {
  const { name } = loaded.directory.bundle;
  const [found, history] = await Promise.all([survey(engine, name), readHistory(engine, name)]);
  const { mayStartJobs = true } = options;
  const { adopt = false, atOnce } = options;
  const context = {
    ...(await checkContext(loaded, found, undefined, { adopt, atOnce, history }, io)),
    ...{ mayStartJobs, ...(options.backTo !== undefined && { backTo: options.backTo }) },
    renewsUnasked: options.renew === true && options.yes === true,
  };
  const results = await tellingChecks(context, options.ignore, io);
  if (show && !io.json && !io.quiet)
    for (const line of checkLines(await worthSaying(results, found), messageScreen(io), { all: false }))
      io.stderr(`${line}\n`);
  requirePassed(results);
  const plan = planBundle(loaded, found, context.secrets, {
    stale: staleAfter(loaded, found, history),
    history,
    atOnce,
    verify: options.verify,
  });
  const reporter = reporterOf(io);
  if (show && !io.json)
    for (const line of planLines(
      plan,
      plan.empty ? undefined : await placementOfBundle(loaded, found, plan),
      messageScreen(io),
      false,
      otherValues(loaded),
    ))
      reporter.step(line);
  refuseForbidden(loaded.directory.plan.ensembles, plan, options.ignore);
  return { found, context, plan, history, start: deploymentStart(loaded, found, history) };
}

/**
 * `review` of a command that has done nothing yet.
 * @throws as `review`; an interruption says that nothing was changed
 */
export async function firstReview(...given: Parameters<typeof review>): Promise<Review> {
  try {
    const seen = await review(...given);
    given[3].signal.throwIfAborted();
    return seen;
  } catch (error) {
    throw interruptedWith(error, { words: 'nothing was changed in the swarm' });
  }
}

/** Throws (exit 8) if the swarm is no longer what it was when the plan was shown. */
export function requireUnchanged(shown: Review, now: Review): void {
  const changed = swarmChanged(
    now.plan.stack,
    liveStack(shown.found, shown.context.secrets),
    liveStack(now.found, now.context.secrets),
    now.plan.networks.flatMap(({ name, action }) => (action === 'joined' ? [name] : [])),
  );
  if (changed.length > 0) throw changedSince('the plan was shown', changed);
}

/** How a bundle that is checked will be deployed. */
type Way = Pick<PlanBundleOptions, 'atOnce' | 'history'> & { adopt?: boolean; byHand?: boolean };

/** What the checks look at. */
export async function checkContext(
  loaded: Loaded,
  found: Survey | undefined,
  unreachable: unknown,
  { adopt = false, byHand = false, atOnce, history }: Way,
  io: CommandIo,
): Promise<CheckContext> {
  const registry = io.registry ?? new RegistryLookup();
  const secrets = await readSecretStates(loaded, found);
  return {
    stack: loaded.directory.bundle.name,
    named: { ...loaded.directory.engine, dir: loaded.directory.shown },
    plan: loaded.directory.plan,
    document: loaded.document,
    secrets,
    identities: loaded.directory.lock.identities ?? {},
    wrapped: loaded.directory.lock.images ?? {},
    beginnings: beginningsOf(loaded.directory.lock),
    endings: endingsOf(loaded.directory.lock),
    secretsOnDisk: loaded.directory.secrets.present,
    secretFaults: loaded.directory.secrets.faults.map(({ level, text, hint }) => ({ level, text, hint })),
    reissues: reissuesOf(loaded, new Date()),
    refusedAuthorities: await authorityFaults(loaded.directory.plan, loaded.directory.secrets, loaded.directory),
    adopt,
    byHand,
    info: found?.info,
    unreachable: found ? undefined : asFinding(unreachable),
    live: found?.live,
    planned: () => planBundle(loaded, requireFound(found), secrets, { atOnce, ...(history && { history }) }),
    needsOf: needsBy(loaded.directory.bundle.definition),
    limits: loaded.directory.bundle.hosts ?? DEFAULT_LIMITS,
    asksMembers: false,
    mayStartJobs: true,
    askHosts: 'only `bundle check` asks them',
    inRegistry: (image) => registry.find(requireFound(found).engine, image, io),
    dockerCli: () =>
      registry.waiting.for(
        'the docker CLI to answer `docker version`, no longer than 15 s',
        io,
        requireFound(found).engine.tryDockerCli(),
      ),
    logins: (images) =>
      registry.waiting.for(
        'credential helpers to answer, no longer than 10 s',
        io,
        requireFound(found).engine.findLogins(images),
      ),
    operator: { ...thisOperator(), isAlive },
    now: new Date(),
    clock: systemClock,
    probe: probeTcp,
    lookup: lookupHost,
    secretValue: ({ secret, part }) => loaded.directory.secrets.materials[secret]?.[part],
    lockedValue: (part) => lockedPart(loaded.directory, part),
  };
}

/** Only checks that need a manager ask; they are not run without one. */
function requireFound(found: Survey | undefined): Survey {
  if (found === undefined) throw new Error('the swarm was not read');
  return found;
}

function asFinding(error: unknown): Finding {
  const hint = error instanceof BundleError ? error.hints[0] : undefined;
  return { level: 'error', text: messageOf(error), ...(hint === undefined ? {} : { hint }) };
}
