import { requirePassed, runChecks } from '../checks/run.ts';
import { systemClock } from '../converge/clock.ts';
import { converge } from '../converge/converge.ts';
import { convergenceError } from '../converge/outcome.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import type { Engine } from '../engine/port.ts';
import { describePlan } from '../plan/describe.ts';
import type { Plan } from '../plan/plan.ts';
import { deployStack } from '../steps/deploy-stack.ts';
import { removeService } from '../steps/remove-service.ts';
import { runSteps } from '../steps/run.ts';
import type { Step } from '../steps/step.ts';
import type { Verification } from '../verify/result.ts';
import { confirm } from './confirm.ts';
import { durationOption } from './duration.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './options.ts';
import { deployEnvironment, planBundle, requireEnvironment } from './plan-bundle.ts';
import { prepareSteps } from './prepare-steps.ts';
import { checkLines } from './report-checks.ts';
import { verificationText } from './report-verification.ts';
import { reporterOf } from './reporter.ts';
import { checkContext, load, openEngine, readSecretStates, survey, type Loaded, type Survey } from './session.ts';
import { redactorOf, verifyBundle } from './verify-bundle.ts';
import { reportJson } from '../verify/report-json.ts';

export interface DeployOptions extends CommonOptions {
  yes?: boolean;
  adopt?: boolean;
  timeout: string;
  /** commander's `--no-verify` */
  verify: boolean;
  ignore: string[];
}

/** `bundle deploy`: checks, plan, question, secrets and labels, `docker stack deploy`, convergence, verification. Without a change it calls nothing. */
export async function run(options: DeployOptions, io: CommandIo): Promise<ExitCode> {
  const timeoutMs = durationOption('--timeout', options.timeout);
  const loaded = await load(options, io);
  const { name } = loaded.directory.bundle;
  const engine = await openEngine(options, io);
  try {
    const found = await survey(engine, name);
    const context = await checkContext(loaded, found, undefined, options.adopt === true);
    const results = await runChecks(context, options.ignore);
    if (!io.json && !io.quiet) for (const line of checkLines(results, io, { all: false })) io.stderr(`${line}\n`);
    requirePassed(results);

    const plan = planBundle(loaded, found, context.secrets);
    const steps = stepsOf(engine, loaded, found, plan, prepareSteps(engine, context.secrets, plan.labels), io);
    const reporter = reporterOf(io);
    if (!io.json) for (const line of describePlan(plan)) reporter.step(line);
    if (steps.length > 0 && !(await confirm(`Deploy ${name}?`, options.yes === true, io))) {
      io.stderr('nothing was changed\n');
      return EXIT.done;
    }
    await runSteps(steps, io.signal, (step) => reporter.step(`· ${step.describe()}`));

    reporter.step(`waiting until every task of ${name} runs and stays up`);
    const outcomes = await converge(engine, {
      stack: name,
      expectations: Object.keys(loaded.document.services).map((service) => ({
        service,
        startGraceSeconds: loaded.directory.plan.expectations.find((each) => each.service === service)?.startGraceSeconds ?? DEFAULT_GRACE_SECONDS,
      })),
      timeoutMs,
      clock: systemClock,
      signal: io.signal,
      redactor: redactorOf(loaded),
      before: found.live.services,
      onProgress: (services) =>
        reporter.progress(services.map((service) => ({
          name: service.name,
          // A converged service goes on being steady: its seconds are no news.
          text: service.state === 'converged' ? `${service.running}/${service.wanted} running` : `${service.running}/${service.wanted} ${service.phase}`,
          state: service.state === 'converged' ? 'done' : service.state === 'failed' ? 'failed' : 'waiting',
        }))),
    });
    reporter.endProgress();
    const failure = convergenceError(name, outcomes);
    if (failure) throw failure;

    const verified = options.verify ? await verifyAfterwards(engine, loaded, io) : undefined;
    report(io, name, plan, steps, verified);
    return verified?.exit ?? EXIT.done;
  } finally {
    await engine.close();
  }
}

/** For services without expectations: a database may take a while to make its files. */
const DEFAULT_GRACE_SECONDS = 120;
/** Lines come when a container starts; this is the last word for a slow one. */
const VERIFY_MS = 5 * 60_000;

function stepsOf(engine: Engine, loaded: Loaded, found: Survey, plan: Plan, prepared: Step[], io: CommandIo): Step[] {
  const { name } = loaded.directory.bundle;
  const steps = [...prepared];
  if ([...plan.services, ...plan.networks].some((each) => each.action === 'create' || each.action === 'update')) {
    requireEnvironment(loaded);
    const reporter = reporterOf(io);
    steps.push(deployStack(engine, name, loaded.text, deployEnvironment(loaded), (line) => reporter.detail(line)));
  }
  for (const orphan of plan.services.filter((each) => each.action === 'remove')) {
    const live = found.live.services.find((each) => each.id === orphan.id);
    if (live) steps.push(removeService(engine, live));
  }
  return steps;
}

async function verifyAfterwards(engine: Engine, loaded: Loaded, io: CommandIo): Promise<Verification> {
  // Read again: the secrets may have been made a moment ago.
  const found = await survey(engine, loaded.directory.bundle.name);
  return verifyBundle(engine, loaded, await readSecretStates(loaded, found), VERIFY_MS, io);
}

function report(io: CommandIo, stack: string, plan: Plan, steps: Step[], verified: Verification | undefined): void {
  if (io.json) {
    const verification = verified ? reportJson(verified) : undefined;
    io.stdout(`${JSON.stringify({ stack, plan, done: steps.map((step) => step.describe()), converged: true, ...(verification ? { verification } : {}) }, null, 2)}\n`);
    return;
  }
  if (verified) io.stdout(verificationText(verified, 'text', io));
  io.stdout(steps.length === 0 ? `${stack}: nothing was to be done, nothing was restarted\n` : `${stack} runs\n`);
}
