import type { ConvergeOptions } from '../converge/options.ts';
import { convergeOptions } from '../converge/progress.ts';
import { endedMeanwhile } from '../converge/unstable.ts';
import { EXIT } from '../errors.ts';
import { deployEnvironment, requireEnvironment } from '../bundle/environment-values.ts';
import { planBundle, readSecretStates, survey } from '../project/plan-bundle.ts';
import { notApplied } from '../plan/not-applied.ts';
import { deploySteps } from '../quorum/deploy-step.ts';
import { describeWaves } from '../quorum/describe.ts';
import { warnOfDigests } from '../quorum/image-digests.ts';
import { leaveSteps } from '../quorum/leave.ts';
import { sweepProbes } from '../quorum/probe.ts';
import { toDeploy } from '../quorum/stages.ts';
import { startToTell } from '../quorum/start-to-tell.ts';
import { removedText, removeUnkept } from '../release/clean.ts';
import { nextRelease, ReleaseRun } from '../release/run.ts';
import { VERIFICATION_FAILED } from '../release/states.ts';
import { systemClock } from '../swarm/clock.ts';
import { labelNodes } from '../swarm/steps/label-node.ts';
import { removeService } from '../swarm/steps/remove-service.ts';
import { accountOf, runEach, runSteps } from '../swarm/steps/run.ts';
import { secretSteps } from '../swarm/steps/secret-steps.ts';
import type { Step } from '../swarm/steps/step.ts';
import { tellSteps } from '../swarm/steps/tell-secret.ts';
import { againHints, leftHints, lookHints, soFar, type Told } from '../ui/interrupted.ts';
import { reporterOf } from '../ui/reporter.ts';
import type { CommandIo } from '../cli/io.ts';
import { Outlook } from '../verify/bundle/early.ts';
import { checksByService } from '../verify/bundle/list.ts';
import { rollGate } from '../verify/bundle/roll-gate.ts';
import { startMs } from '../verify/start-time.ts';
import { readRedactor, redactorAt } from '../verify/bundle/redactor.ts';
import { verifyBundle } from '../verify/bundle/verify-bundle.ts';
import { replaceBareTasks } from '../verify/tasks/replace-bare-tasks.ts';
import type { Deployment, Inputs, Phase } from './apply.ts';

/* The work of the phases that apply.ts lists, in its order. */

/** The phases that are lists of steps, in their order. */
export type StepsOf = 'secrets' | 'labels' | 'told' | 'stack' | 'orphans' | 'staleLabels' | 'toldLater';

/** Log lines come when a container starts; this is the least for a slow one. */
const VERIFY_MS = 5 * 60_000;
/** Redeploy attempts: a deploy that a killed run left behind may still be writing. */
const ROUNDS = 3;

/**
 * What is done to the swarm, by phase.
 * @throws BundleError (exit 3) if this machine lacks a value that stack.yml takes from the environment
 */
export function stepsOf(given: Inputs): Record<StepsOf, Step[]> {
  const { engine, loaded, seen, io } = given;
  const secrets = secretSteps(engine, seen.context);
  const early = seen.plan.labels.filter(({ when }) => when === 'before');
  const { told = [] } = loaded.directory.plan;
  const how = { redactor: redactorAt(loaded, seen.found), onAgain: (why: string) => reporterOf(io).step(why) };
  const { first, later } = tellSteps(engine, seen.plan, told, how);
  const { start, ...changes } = changeSteps(given, seen);
  return { secrets, labels: labelNodes(engine, early), told: [...start, ...first], ...changes, toldLater: later };
}

function changeSteps(
  { engine, loaded, seen: { start }, options, io }: Inputs,
  { plan, found }: Pick<Deployment['seen'], 'plan' | 'found'>,
): Record<'start' | 'stack' | 'orphans' | 'staleLabels', Step[]> {
  if (toDeploy(plan).length > 0) requireEnvironment(loaded);
  const { ensembles, rolling, told = [] } = loaded.directory.plan;
  const how = { before: found.live.services, start, redactor: redactorAt(loaded, found) };
  const stack = {
    ...{ engine, document: loaded.document, plan, ensembles, rolling },
    ...{ ignore: options.ignore, stopMs: options.stopMs, takesBack: options.takesBack },
    environment: deployEnvironment(loaded),
    converge: waitOptions({ loaded, options, io }, how),
    gate: rollGate(engine, loaded, { verify: options.verify, start }, io),
  };
  const orphans = plan.services
    .filter(({ action }) => action === 'remove')
    .flatMap(({ id }) => found.live.services.find((live) => live.id === id) ?? []);
  const stale = plan.labels.filter(({ when }) => when === 'after');
  return {
    start: startToTell(stack, told, reporterOf(io)),
    stack: deploySteps(stack, reporterOf(io)),
    orphans: [
      ...leaveSteps(engine, plan, { ensembles, ignore: options.ignore, clock: systemClock }),
      ...orphans.map((live) => removeService(engine, plan.stack, live)),
    ],
    staleLabels: labelNodes(engine, stale),
  };
}

/** A phase that is a list of steps; an interruption tells which of all steps were done and which were not. */
export const stepsPhase = (title: string, of: StepsOf): Phase => ({
  title,
  when: ({ steps }) => steps[of].length > 0,
  does: ({ steps }) => steps[of].map((step) => step.describe()),
  run: (on) => runEach(on.steps[of], on.io.signal, listeners(on)),
  interrupted: ({ steps, made, options }) => ({
    words: accountOf(Object.values(steps).flat(), made.length),
    hints: againHints(options),
  }),
});

const listeners = ({ made, reporter }: Deployment) => ({
  onStep: (step: Step): void => reporter.step(`· ${step.describe()}`),
  onDone: (step: Step): number => made.push(step.describe()),
});

export const goOn = (on: Deployment): Told => ({ words: soFar('made', on.made), hints: againHints(on.options) });

export const deployedSoFar = (on: Deployment): Told => ({
  words: `release ${recorded(on).number} is deployed; ${soFar('made', on.made)}`,
  hints: [`docker stack ps ${on.seen.plan.stack} shows its tasks`, ...lookHints(on.options)],
});

export const notVerified = (on: Deployment): Told => ({
  words:
    `release ${recorded(on).number} is deployed and all its tasks were seen to run, but it is not marked as ` +
    'verified',
  hints: lookHints(on.options),
});

export const marked = (on: Deployment): Told => ({
  words:
    `release ${recorded(on).number} is deployed and marked as ${recorded(on).state}; of what no kept release needs ` +
    'some may be left',
  hints: leftHints(on.options),
});

/** The release's record, which the first phases open. */
export function recorded({ release }: Deployment): ReleaseRun {
  if (!release) throw new Error('the release is not recorded yet');
  return release;
}

export async function recordRelease(on: Deployment): Promise<void> {
  on.release = await ReleaseRun.open(on.engine, on.loaded, on.seen, on.options.rollbackOf);
}

export function describeRelease({ loaded, seen }: Deployment): string[] {
  const { number, isNew } = nextRelease(loaded, seen);
  return [`release ${number}${isNew ? '' : ', which asks the same of the swarm'}`];
}

/** Of a run that was killed in its last probe: there is no member left to roll then. */
export const removeProbes = ({ engine, seen }: Deployment): Promise<void> => sweepProbes(engine, seen.plan.stack);

/** Networks that docker makes on the way, and the stages of the roll. */
export function describeStack({ loaded, seen: { plan } }: Deployment): string[] {
  const { ensembles, rolling } = loaded.directory.plan;
  const networks = plan.networks.filter(({ action }) => action === 'create');
  return [...networks.map(({ name }) => `create network ${name}`), ...describeWaves(plan, ensembles, rolling)];
}

/**
 * Reads the swarm again and proves that it holds what the document says. If something else wrote at the same time (a
 * `docker stack deploy` that outlived its killed bundle), what differs is deployed once more.
 * @throws BundleError `not-applied` (exit 8) if it keeps on changing
 */
export async function settle(on: Deployment): Promise<void> {
  const { engine, loaded, options, reporter, io, seen } = on;
  const how = { history: seen.history, atOnce: options.atOnce, verify: options.verify };
  for (let round = 1; ; round++) {
    const found = await survey(engine, loaded.directory.bundle.name, { tasks: false });
    const plan = planBundle(loaded, found, await readSecretStates(loaded, found), how);
    const open = plan.services.filter(({ action }) => action !== 'unchanged').map(({ name }) => name);
    if (open.length === 0) {
      const deployed = { document: loaded.document, before: seen.found.live, after: found.live };
      on.warnings = await warnOfDigests(plan.stack, deployed, seen.context, reporter);
      break;
    }
    if (round === ROUNDS) throw notApplied(open);
    reporter.warn(`${open.join(', ')} changed meanwhile: deploying again`);
    await runSteps(Object.values(changeSteps(on, { plan, found })).flat(), io.signal);
  }
  if (on.steps.toldLater.length === 0) await recorded(on).deployed();
}

/** By the record the swarm holds the release only then: a run that ends before leaves it to the next one to tell. */
export async function tellLater(on: Deployment): Promise<void> {
  on.converged = false;
  await runEach(on.steps.toldLater, on.io.signal, listeners(on));
  await recorded(on).deployed();
  on.converged = true;
}

/** @param how.before the stack's services before what is waited for was done */
const waitOptions = (
  { loaded, options: { timeoutMs }, io }: Pick<Inputs, 'loaded' | 'options' | 'io'>,
  how: Pick<Parameters<typeof convergeOptions>[1], 'before' | 'start' | 'redactor'>,
): ConvergeOptions => convergeOptions(loaded, { ...how, timeoutMs, signal: io.signal, reporter: reporterOf(io) });

/** Verification begins in this wait, as soon as all tasks run, unless something is to be told first. */
export async function converge(on: Deployment, before = on.seen.found.live.services): Promise<void> {
  on.converged = false;
  on.outlook = new Outlook(on.engine, on.io, (io, notBefore) => verifyNow(on, io, notBefore));
  const how = { before, start: on.seen.start, redactor: await readRedactor(on.engine, on.loaded) };
  await on.outlook.wait(waitOptions(on, how), on.reporter, on.options.verify && on.steps.toldLater.length === 0);
  on.converged = true;
}

export async function verify(on: Deployment): Promise<void> {
  on.verification = await on.outlook?.verified();
}

/** A task may have ended while it was verified, and the swarm know it seconds later: then all is awaited anew. */
export async function askOnceMore(on: Deployment): Promise<void> {
  while (on.outlook?.endedSince() === true) {
    on.reporter.step('a task ended meanwhile');
    await converge(on);
    if (on.options.verify) await verify(on);
  }
}

async function verifyNow({ engine, loaded, seen, release }: Deployment, io: CommandIo, notBefore?: Promise<void>) {
  // Read again: the secrets may have been made a moment ago.
  const secrets = await readSecretStates(loaded, await survey(engine, loaded.directory.bundle.name, { tasks: false }));
  const timeoutMs = Math.max(VERIFY_MS, startMs(loaded.directory.plan.expectations));
  return verifyBundle(engine, loaded, secrets, timeoutMs, io, { notBefore, release, start: seen.start });
}

export const describeVerify = ({ loaded }: Deployment): string[] => checksByService(loaded);

export const failedVerification = ({ verification }: Pick<Deployment, 'verification'>): boolean =>
  verification?.exit === EXIT.verification;

export async function replaceTasks(on: Deployment): Promise<void> {
  const { engine, verification, reporter } = on;
  if (!verification) return;
  const { replaced, before } = await replaceBareTasks(engine, verification, reporter);
  if (replaced.length === 0) return;
  on.replaced = replaced.map(({ name }) => name);
  await converge(on, before);
  await verify(on);
}

/** @throws BundleError (exit 4) if tasks ended while they were verified */
export async function markRelease(on: Deployment): Promise<void> {
  const ended = on.verification && endedMeanwhile(on.verification);
  if (ended) throw ended;
  if (failedVerification(on)) await recorded(on).mark('failed', VERIFICATION_FAILED);
  else await recorded(on).mark(on.verification?.exit === EXIT.done ? 'verified' : 'converged');
}

export const describeClean = ({ seen: { plan } }: Deployment): string[] =>
  plan.secrets.flatMap(({ action, name }) => (action === 'remove' ? [`secret ${name}`] : []));

export async function clean(on: Deployment): Promise<void> {
  const gone = await removeUnkept(on.engine, on.loaded, on.io.signal);
  if (gone.length > 0) on.reporter.step(`· ${removedText(gone)}`);
}
