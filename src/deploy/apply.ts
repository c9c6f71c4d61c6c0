import { EXIT, BundleError } from '../errors.ts';
import { sweepProbes } from '../quorum/probe.ts';
import type { Engine } from '../engine/port.ts';
import type { Plan } from '../plan/plan.ts';
import { labelNodes } from '../swarm/steps/label-node.ts';
import { removeService } from '../swarm/steps/remove-service.ts';
import { runSteps } from '../swarm/steps/run.ts';
import type { Step } from '../swarm/steps/step.ts';
import type { Verification } from '../verify/result.ts';
import { convergeBundle, convergeOptions } from './wait.ts';
import { deploySteps } from './deploy-steps.ts';
import { interruptedWith, soFar } from '../ui/interrupted.ts';
import type { CommandIo } from '../cli/io.ts';
import { planBundle } from '../project/plan-bundle.ts';
import { prepareSteps } from './prepare-steps.ts';
import { ReleaseRun } from './record.ts';
import { replaceBareTasks } from './replace-bare-tasks.ts';
import { reporterOf } from '../cli/reporter.ts';
import type { Review } from './review.ts';
import { readSecretStates, survey, type Loaded } from '../cli/session.ts';
import { endedMeanwhile } from './unstable.ts';
import { verifyBundle } from '../verify/bundle/verify-bundle.ts';

export interface ActOptions {
  timeoutMs: number;
  verify: boolean;
  /** Names of checks whose findings do not count. */
  ignore: readonly string[];
  /** Rolling groups restart at the same moment. */
  atOnce?: boolean | undefined;
  /** false: ends once the swarm has taken the document; the release stays `deployed`, which is not a good one. */
  wait: boolean;
  /** The release that this one brings back. */
  rollbackOf?: number;
}

/** What was done. */
export interface Done {
  plan: Plan;
  steps: string[];
  release: number;
  /** Every task was seen to run and stay; false if that was not awaited. */
  converged: boolean;
  verification?: Verification;
}

/** Lines come when a container starts; this is the last word for a slow one. */
const VERIFY_MS = 5 * 60_000;
/** What a killed run's `docker stack deploy` still wrote is written over once more. */
const ROUNDS = 3;

/**
 * Carries out what was reviewed, then waits and verifies, and writes down in the swarm how far it came. Call it under
 * the stack's lock.
 * @throws BundleError (exit 4) where it does not converge; a verification that fails is a result, no error
 */
export async function act(
  engine: Engine,
  loaded: Loaded,
  seen: Review,
  options: ActOptions,
  io: CommandIo,
): Promise<Done> {
  const { plan } = seen;
  const reporter = reporterOf(io);
  const release = await ReleaseRun.open(engine, loaded, seen, options.rollbackOf);
  const made: string[] = [];
  let stage: Stage = 'begin';
  try {
    // Of a run that was killed in its last probe: there is no member left to roll then.
    if (loaded.directory.plan.ensembles.length > 0) await sweepProbes(engine, plan.stack);
    // A stray label goes before its service is updated: swarm might start the new task there, on an empty volume.
    const prepared = prepareSteps(
      engine,
      seen.context.secrets,
      plan.labels.filter(({ when }) => when === 'before'),
    );
    const steps = [...prepared, ...changeSteps(engine, loaded, seen, options, io)];
    stage = 'steps';
    await runSteps(steps, io.signal, {
      onStep: (step) => reporter.step(`· ${step.describe()}`),
      onDone: (step) => made.push(step.describe()),
    });
    stage = 'settle';
    await settle(engine, loaded, options, io);
    await release.deployed(await engine.services({ stack: plan.stack }));
    const done = { plan, steps: steps.map((step) => step.describe()), release: release.number };
    if (!options.wait) return { ...done, converged: false };
    stage = 'wait';
    await convergeBundle(engine, convergeOptions(loaded, seen.found.live.services, options.timeoutMs, io), io);

    stage = 'verify';
    let verification = options.verify ? await verifyAfterwards(engine, loaded, io) : undefined;
    const replaced =
      verification?.exit === EXIT.verification
        ? await replaceBareTasks(engine, loaded, verification, options.timeoutMs, io)
        : [];
    if (replaced.length > 0) verification = await verifyAfterwards(engine, loaded, io);
    const ended = verification && endedMeanwhile(verification);
    if (ended) throw ended;
    if (verification?.exit === EXIT.verification) await release.mark('failed', 'verification-failed');
    else {
      await release.mark(verification?.exit === EXIT.done ? 'verified' : 'converged');
      const gone = await release.clean(loaded);
      if (gone.length > 0) reporter.step(`· removed what no kept release needs: ${gone.join(', ')}`);
    }
    const replacing = replaced.map((name) => `replace the tasks of ${name}`);
    return {
      ...done,
      steps: [...done.steps, ...replacing],
      converged: true,
      ...(verification ? { verification } : {}),
    };
  } catch (error) {
    reporter.endProgress();
    await release.failed(error);
    throw interruptedWith(error, wordsFor(stage, release.number, made));
  }
}

/** How far a deployment came: before its steps, in them, proving what they did, and what follows. */
type Stage = 'begin' | 'steps' | 'settle' | 'wait' | 'verify';

/** What an interrupted deployment had done by then, unless its steps tell that, and how to go on. */
function wordsFor(
  stage: Stage,
  release: number,
  made: readonly string[],
): { words: string | undefined; hints: string[] } {
  if (stage === 'verify')
    return {
      words: `release ${release} is deployed and all its tasks were seen to run, but it is not marked as verified`,
      hints: ['`bundle verify` tells whether it works, and writes that down too if it does'],
    };
  if (stage === 'wait') return { words: `release ${release} is deployed; ${soFar('made', made)}`, hints: [] };
  return {
    words: stage === 'steps' ? undefined : soFar('made', made),
    hints: ['run the same command again: it goes on where this one stopped'],
  };
}

function changeSteps(
  engine: Engine,
  loaded: Loaded,
  { plan, found }: Pick<Review, 'plan' | 'found'>,
  options: ActOptions,
  io: CommandIo,
): Step[] {
  const orphans = plan.services
    .filter(({ action }) => action === 'remove')
    .flatMap(({ id }) => found.live.services.find((live) => live.id === id) ?? []);
  const converge = convergeOptions(loaded, found.live.services, options.timeoutMs, io);
  return [
    ...deploySteps(engine, loaded, plan, { converge, verify: options.verify, ignore: options.ignore }, io),
    ...orphans.map((live) => removeService(engine, plan.stack, live)),
    ...labelNodes(
      engine,
      plan.labels.filter(({ when }) => when === 'after'),
    ),
  ];
}

/**
 * Reads the swarm again and proves that it holds what the document says. Where something else wrote at the same time (a
 * `docker stack deploy` that outlived its killed bundle), what differs is deployed once more.
 * @throws BundleError `not-applied` (exit 8) where it keeps on changing
 */
async function settle(engine: Engine, loaded: Loaded, options: ActOptions, io: CommandIo): Promise<void> {
  for (let round = 1; ; round++) {
    const found = await survey(engine, loaded.directory.bundle.name, { tasks: false });
    const plan = planBundle(loaded, found, await readSecretStates(loaded, found), {
      atOnce: options.atOnce,
      verify: options.verify,
    });
    const open = plan.services.filter(({ action }) => action !== 'unchanged');
    if (open.length === 0) return;
    if (round === ROUNDS) {
      throw new BundleError(
        'not-applied',
        `${open.map(({ name }) => name).join(', ')} in the swarm still differ${open.length === 1 ? 's' : ''} ` +
          `from stack.yml after docker stack deploy: somebody else changes ${open.length === 1 ? 'it' : 'them'}`,
        {
          exit: EXIT.held,
          hints: [
            '`bundle plan` shows what differs',
            'see who else deploys this stack, then run the same command again',
          ],
        },
      );
    }
    reporterOf(io).warn(`${open.map(({ name }) => name).join(', ')} changed meanwhile: deploying again`);
    await runSteps(changeSteps(engine, loaded, { plan, found }, options, io), io.signal);
  }
}

async function verifyAfterwards(engine: Engine, loaded: Loaded, io: CommandIo): Promise<Verification> {
  // Read again: the secrets may have been made a moment ago.
  const found = await survey(engine, loaded.directory.bundle.name, { tasks: false });
  return verifyBundle(engine, loaded, await readSecretStates(loaded, found), VERIFY_MS, io);
}
